async def GET():
    return {"hello": "world"}
