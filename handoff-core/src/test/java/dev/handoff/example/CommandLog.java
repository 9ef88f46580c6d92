package dev.handoff.example;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

import dev.handoff.AppendFile;
import dev.handoff.Handoff;
import dev.handoff.HandoffOptions;
import dev.handoff.NamedPipe;

public final class CommandLog {

	public static void main(String[] args) throws IOException {
		HandoffOptions options = HandoffOptions.forApplication("commands").build();
		try (Handoff handoff = Handoff.start(options)) {
			NamedPipe commands = handoff.namedPipe("commands", Path.of(args[0]));
			AppendFile log = handoff.appendFile("log", Path.of(args[1]));
			handoff.ready();
			ByteBuffer buffer = ByteBuffer.allocate(64 * 1024);
			while (commands.read(buffer) >= 0) {
				log.write(buffer.flip());
				buffer.clear();
			}
		}
	}

}
