package dev.handoff.boot.sample;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;

import dev.handoff.BackgroundWork;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.ApplicationRunner;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * A database in a file, which one process at a time can have open.
 */
@Configuration(proxyBeanMethods = false)
@ConditionalOnProperty("sample.database")
class SampleDatabase {

	private static final Logger logger = LoggerFactory.getLogger(SampleDatabase.class);

	private final String url;

	SampleDatabase(@Value("${sample.database}") Path file) {
		// Otherwise H2 closes it on SIGTERM as well, and stop() returns before that is
		// done.
		this.url = "jdbc:h2:file:%s;DB_CLOSE_ON_EXIT=FALSE".formatted(file);
	}

	@Bean
	BackgroundWork database() {
		return new BackgroundWork() {

			private @Nullable Connection connection;

			@Override
			public void start() {
				this.connection = open();
				logger.info("The database is open");
			}

			@Override
			public void stop() {
				close(this.connection);
			}

		};
	}

	@Bean
	@ConditionalOnProperty("sample.database-at-start")
	ApplicationRunner databaseAtStart() {
		return (arguments) -> close(open());
	}

	private Connection open() {
		try {
			return DriverManager.getConnection(this.url);
		}
		catch (SQLException ex) {
			throw new IllegalStateException("The database cannot be opened", ex);
		}
	}

	private static void close(@Nullable Connection connection) {
		try {
			if (connection != null) {
				connection.close();
			}
		}
		catch (SQLException ex) {
			throw new IllegalStateException("The database cannot be closed", ex);
		}
	}

}
