package dev.handoff.boot.load;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import dev.handoff.testsupport.ProcessTree;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * wrk, which loads until it is interrupted.
 */
final class CommandLoad implements LoadClient {

	// It ends by itself, should nobody stop it.
	private static final String DURATION = "1800s";

	private final String script;

	private final Process process;

	private CommandLoad(String script, List<String> command) {
		this.script = script;
		try {
			this.process = new ProcessBuilder(command).redirectErrorStream(true).start();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	static CommandLoad wrk(URI server, String script) {
		try {
			URL url = Objects.requireNonNull(CommandLoad.class.getResource(script));
			return new CommandLoad(script, List.of("nice", "wrk", "-t1", "-c4", "-d" + DURATION, "--timeout", "30s",
					"-s", Path.of(url.toURI()).toString(), server.toString()));
		}
		catch (URISyntaxException ex) {
			throw new IllegalStateException(ex);
		}
	}

	@Override
	public Tally stop() throws IOException, InterruptedException {
		assertThat(this.process.isAlive()).as("wrk is still running").isTrue();
		new ProcessBuilder("kill", "-INT", Long.toString(this.process.pid())).inheritIO().start().waitFor();
		String output = new String(this.process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
		assertThat(this.process.waitFor(30, TimeUnit.SECONDS)).as(output).isTrue();
		Tally tally = new Tally("wrk " + this.script);
		tally.add(number("(\\d+) requests in", output));
		// Both lines are there only if there is something to say.
		tally.fail("non-2xx", number("Non-2xx or 3xx responses: (\\d+)", output));
		for (String kind : List.of("connect", "read", "write", "timeout")) {
			tally.fail(kind, number("Socket errors:.* " + kind + " (\\d+)", output));
		}
		return tally;
	}

	@Override
	public void close() {
		ProcessTree.end(this.process.toHandle());
	}

	private static long number(String regex, String output) {
		Matcher matcher = Pattern.compile(regex).matcher(output);
		return matcher.find() ? Long.parseLong(matcher.group(1)) : 0;
	}

}
