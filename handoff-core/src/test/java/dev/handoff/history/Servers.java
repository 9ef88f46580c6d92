package dev.handoff.history;

import java.io.IOException;
import java.nio.file.Path;

import dev.handoff.ServerProcess;

/**
 * What the processes of a history are.
 */
public interface Servers {

	/**
	 * Starts a process that logs what core logs at its level INFO. If the history is told
	 * to say when a process is ready, it waits for the line {@code ready} on its standard
	 * input.
	 * @param name a name for it
	 * @param history the history, for its options
	 * @param controlSocket the control socket
	 * @param port the port of its listener
	 * @param extraPort the port of a second one, 0 for none
	 */
	ServerProcess start(String name, History history, Path controlSocket, int port, int extraPort);

	/**
	 * Sends a request on a connection of its own.
	 * @return the id of the process that has answered
	 * @throws IOException if the request failed
	 */
	long ask(int port) throws IOException;

}
