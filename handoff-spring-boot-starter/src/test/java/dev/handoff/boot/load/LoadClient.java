package dev.handoff.boot.load;

import java.net.URI;
import java.util.List;

import dev.handoff.testsupport.Requirement;

/**
 * A client that loads a server, and never retries, until it is stopped.
 */
public interface LoadClient extends AutoCloseable {

	/**
	 * Starts one of each kind. Programs that are not installed are left out, unless the
	 * build says that they have to be there.
	 * @param server where the sample server is
	 * @param started where each is added when it has started: the next one may fail to
	 */
	static void startAll(URI server, List<LoadClient> started) {
		started.addAll(startInJvm(server));
		if (Requirement.CLIENTS.hasProgram("wrk", "wrk")) {
			started.add(CommandLoad.wrk(server, "get.lua"));
			started.add(CommandLoad.wrk(server, "post.lua"));
		}
		if (Requirement.CLIENTS.hasProgram("h2load", "nghttp2-client")) {
			started.add(RepeatedCommandLoad.h2load(server));
			started.add(new RepeatedCommandLoad(RepeatedCommandLoad.h2loadHttp1(server)));
		}
		if (Requirement.CLIENTS.hasProgram("curl", "curl")) {
			started.add(new RepeatedCommandLoad(RepeatedCommandLoad.curl(server)));
		}
	}

	/**
	 * Starts those that need no program to be installed.
	 */
	static List<LoadClient> startInJvm(URI server) {
		return List.of(new JdkLoad(server), new ApacheLoad(server));
	}

	/**
	 * Stops the client.
	 * @return what it has seen
	 */
	Tally stop() throws Exception;

	/**
	 * Stops the client without waiting for it.
	 */
	@Override
	void close();

}
