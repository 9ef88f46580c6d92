package dev.handoff.demo;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.util.Arrays;

import jakarta.servlet.ServletContext;
import jakarta.servlet.http.HttpServletResponse;

import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;

/**
 * The service's requests.
 */
@RestController
@RequestMapping("/api")
class ApiController {

	static final int MAX_MILLIS = 60_000;

	static final int MAX_SIZE = 64 * 1024 * 1024;

	static final int MAX_ECHO = 1024 * 1024;

	private final Instance instance;

	private final ServletContext servletContext;

	private final DemoProperties properties;

	ApiController(Instance instance, ServletContext servletContext, DemoProperties properties) {
		this.instance = instance;
		this.servletContext = servletContext;
		this.properties = properties;
	}

	@GetMapping("/whoami")
	WhoAmI whoAmI() {
		return new WhoAmI(this.instance.generation(), this.instance.id(), ProcessHandle.current().pid(),
				String.valueOf(this.servletContext.getServerInfo()));
	}

	@GetMapping("/slow")
	WhoAmI slow(@RequestParam int ms) throws InterruptedException {
		requireBetween("ms", ms, MAX_MILLIS);
		Thread.sleep(ms);
		return whoAmI();
	}

	@PostMapping(path = "/echo", produces = MediaType.APPLICATION_OCTET_STREAM_VALUE)
	byte[] echo(InputStream body) throws IOException {
		byte[] bytes = body.readNBytes(MAX_ECHO + 1);
		if (bytes.length > MAX_ECHO) {
			throw new ResponseStatusException(HttpStatus.CONTENT_TOO_LARGE,
					"The body is longer than %d bytes".formatted(MAX_ECHO));
		}
		return bytes;
	}

	@GetMapping("/bytes")
	void bytes(@RequestParam int size, HttpServletResponse response) throws IOException {
		requireBetween("size", size, MAX_SIZE);
		response.setContentType(MediaType.APPLICATION_OCTET_STREAM_VALUE);
		response.setContentLength(size);
		byte[] block = new byte[8192];
		Arrays.fill(block, (byte) 'x');
		OutputStream body = response.getOutputStream();
		for (int left = size; left > 0; left -= block.length) {
			body.write(block, 0, Math.min(left, block.length));
		}
	}

	@GetMapping(path = "/stats", produces = MediaType.APPLICATION_JSON_VALUE)
	ResponseEntity<String> stats() throws IOException {
		if (this.properties.statsFile() == null) {
			return ResponseEntity.noContent().build();
		}
		try {
			return ResponseEntity.ok(Files.readString(this.properties.statsFile()));
		}
		catch (NoSuchFileException ex) {
			return ResponseEntity.noContent().build();
		}
	}

	private static void requireBetween(String name, int value, int max) {
		if (value < 0 || value > max) {
			throw new ResponseStatusException(HttpStatus.BAD_REQUEST,
					"%s is %d, must be between 0 and %d".formatted(name, value, max));
		}
	}

	record WhoAmI(int generation, String instance, long pid, String server) {
	}

}
