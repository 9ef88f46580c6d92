package dev.handoff.docker;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * One image after the other, under load.
 */
@NeedsEngine
class RollingDockerIT {

	@Test
	@Timeout(value = 10, unit = TimeUnit.MINUTES)
	void whenFiveImagesFollowEachOtherThenNoRequestFails() {
		List<String> images = IntStream.rangeClosed(1, 5).mapToObj(RollingDockerIT::image).toList();
		Set<String> served = new HashSet<>();
		try (Site site = new Site()) {
			Generation predecessor = site.start(images.get(0)).awaitState("SERVING");
			served.add(predecessor.inspect().getImageId());
			try (Load load = new Load(site)) {
				for (int generation = 1; generation < 5; generation++) {
					Generation successor = site.start(images.get(generation)).awaitState("SERVING");
					served.add(successor.inspect().getImageId());
					assertThat(predecessor.awaitExit()).as(predecessor.logs()).isZero();
					load.awaitAnswerOf(generation);
					predecessor = successor;
				}
				load.end();
				assertThat(load.failed()).as(load.report()).isZero();
				assertThat(load.outside().requests()).isGreaterThan(1000);
				assertThat(load.insideRequests()).isGreaterThan(1000);
				System.out.println("five images: %d requests, %d failed".formatted(load.requests(), load.failed()));
			}
		}
		assertThat(served).hasSize(5);
	}

	private static String image(int number) {
		return DemoImage.derived("v" + number, "ENV SPRING_APPLICATION_VERSION=" + number);
	}

}
