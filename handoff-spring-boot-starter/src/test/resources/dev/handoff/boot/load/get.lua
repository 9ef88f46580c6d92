wrk.path = "/generation"

-- Milliseconds between an answer and the next request: the server shares its processors with the one that is started.
function delay()
	return math.random(0, 30)
end
