wrk.method = "POST"
wrk.path = "/length"
wrk.body = string.rep("x", 16384)
wrk.headers["Content-Type"] = "text/plain"

-- Milliseconds between an answer and the next request: the server shares its processors with the one that is started.
function delay()
	return math.random(0, 30)
end
