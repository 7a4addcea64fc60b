async def GET(id: int):
    return {"id": id}
