package dev.handoff.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.util.Arrays;

import jakarta.servlet.ServletContext;
import org.jspecify.annotations.Nullable;

import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
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

	private static final int MAX_MILLIS = 60_000;

	private static final int MAX_SIZE = 64 * 1024 * 1024;

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
	byte[] echo(@RequestBody(required = false) byte @Nullable [] body) {
		return (body != null) ? body : new byte[0];
	}

	@GetMapping(path = "/bytes", produces = MediaType.APPLICATION_OCTET_STREAM_VALUE)
	byte[] bytes(@RequestParam int size) {
		requireBetween("size", size, MAX_SIZE);
		byte[] bytes = new byte[size];
		Arrays.fill(bytes, (byte) 'x');
		return bytes;
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
