from model import Item


async def POST(item: Item) -> Item:
    return item
