package dev.handoff.demo.load;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.logging.Level;
import java.util.logging.Logger;

import dev.handoff.testsupport.Requirement;
import org.openqa.selenium.By;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;

/**
 * Chromium without a window, with a profile of its own.
 */
final class Browser implements AutoCloseable {

	private static final String CHROMIUM = "/usr/bin/chromium";

	private static final String DRIVER = "/usr/bin/chromedriver";

	// A logger that nobody holds loses its level.
	private static final Logger SELENIUM = Logger.getLogger("org.openqa.selenium");

	private final ChromeDriver driver;

	Browser(Path profile) {
		// It warns that it does not know this version's DevTools protocol, which it does
		// not
		// need.
		SELENIUM.setLevel(Level.SEVERE);
		LoggingPreferences logging = new LoggingPreferences();
		logging.enable(LogType.BROWSER, Level.ALL);
		ChromeOptions options = new ChromeOptions();
		options.setBinary(CHROMIUM);
		options.setCapability(ChromeOptions.LOGGING_PREFS, logging);
		// As root it has no sandbox. It is to talk to nobody but the server.
		options.addArguments("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic",
				"--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking",
				"--disable-component-update", "--disable-sync", "--hide-scrollbars", "--window-size=1200,1143",
				"--user-data-dir=" + profile);
		// By its path, so that Selenium does not look for another one and download it.
		ChromeDriverService service = new ChromeDriverService.Builder().usingDriverExecutable(new File(DRIVER))
			.usingAnyFreePort()
			.build();
		this.driver = new ChromeDriver(service, options);
	}

	/**
	 * Skips or fails the test where there is no browser.
	 */
	static void require() {
		Requirement.BROWSER.checkProgram(CHROMIUM, "chromium");
		Requirement.BROWSER.checkProgram(DRIVER, "chromium-driver");
	}

	void open(String url) {
		this.driver.get(url);
	}

	void click(String id) {
		this.driver.findElement(By.id(id)).click();
	}

	/**
	 * Evaluates an expression in the page.
	 */
	Object evaluate(String expression) {
		return Objects.requireNonNull(this.driver.executeScript("return " + expression), expression);
	}

	String text(String id) {
		return evaluate("document.getElementById('%s').textContent".formatted(id)).toString();
	}

	/**
	 * Evaluates an expression whose result is a list of objects.
	 */
	@SuppressWarnings("unchecked")
	List<Map<String, Object>> objects(String expression) {
		return (List<Map<String, Object>>) evaluate(expression);
	}

	/**
	 * Returns what the console has got since it was asked last, but for what is only
	 * information.
	 */
	List<String> complaints() {
		return this.driver.manage()
			.logs()
			.get(LogType.BROWSER)
			.getAll()
			.stream()
			.filter((entry) -> entry.getLevel().intValue() >= Level.WARNING.intValue())
			.map(LogEntry::toString)
			.toList();
	}

	void photograph(Path file) throws IOException {
		Files.write(file, this.driver.getScreenshotAs(OutputType.BYTES));
	}

	/**
	 * Ends the browser, and whatever does not end with it.
	 */
	@Override
	public void close() {
		List<ProcessHandle> processes = ProcessHandle.current()
			.descendants()
			.filter((process) -> process.info().command().filter((command) -> command.contains("chrom")).isPresent())
			.toList();
		try {
			this.driver.quit();
		}
		finally {
			processes.forEach(ProcessHandle::destroyForcibly);
		}
	}

}
