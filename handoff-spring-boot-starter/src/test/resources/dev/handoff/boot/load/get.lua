wrk.path = "/generation"
