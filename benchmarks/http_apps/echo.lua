wrk.method = "POST"
wrk.body = '{"name": "chair", "price": 12.5, "tags": ["wood", "oak"]}'
wrk.headers["Content-Type"] = "application/json"
