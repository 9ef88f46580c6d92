package dev.handoff.internal.report;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import dev.handoff.internal.control.PeerIdentity;
import dev.handoff.internal.control.TimeSource;
import dev.handoff.internal.rules.Event;
import dev.handoff.internal.rules.SessionRules;
import dev.handoff.internal.rules.SessionState;
import dev.handoff.internal.rules.Reaction;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What the service manager is told while the real rules lead two processes through a
 * handoff, with a clock that stands still.
 */
class ServiceNoticesTests {

	private static final String RELOADING = "RELOADING=1\nMONOTONIC_USEC=1234\nSTATUS=Serving, process 2 starts";

	private final List<String> told = new ArrayList<>();

	private final Member first = new Member(1, 2);

	private final Member second = new Member(2, 1);

	@Test
	void theMainProcessChangesBeforeThePredecessorLeaves() {
		serveFirst();
		this.first.does(Event.HELLO, Event.ADOPTED);
		this.second.does(Event.OFFER, Event.APPLICATION_READY);
		this.first.does(Event.READY);
		this.second.does(Event.RELEASED);
		this.first.does(Event.SERVING);
		this.second.does(Event.WINDOW_ELAPSED);
		this.first.does(Event.CONFIRMED, Event.LOOKED);
		this.second.does(Event.CLOSED);
		this.first.does(Event.DRAINED);
		this.second.does(Event.GONE);
		assertThat(this.told).containsExactly("1: " + RELOADING, "1: STATUS=Observing process 2",
				"1: MAINPID=2\nSTATUS=Process 2 serves, process 1 drains",
				"2: MAINPID=2\nREADY=1\nSTATUS=Serving, generation 1");
	}

	@Test
	void aSuccessorThatFailsIsNoFailureOfTheUnit() {
		serveFirst();
		this.first.does(Event.HELLO, Event.ADOPTED);
		this.second.does(Event.OFFER, Event.TERMINATE);
		this.first.does(Event.ABORT_FROM_SUCCESSOR);
		assertThat(this.told).containsExactly("1: " + RELOADING, "1: READY=1\nSTATUS=Serving, generation 0");
	}

	@Test
	void aSuccessorThatIsExpelledSaysNothing() {
		serveFirst();
		this.first.does(Event.HELLO, Event.ADOPTED);
		this.second.does(Event.OFFER, Event.APPLICATION_READY);
		this.first.does(Event.READY);
		this.second.does(Event.RELEASED);
		this.first.does(Event.SERVING, Event.OPERATOR_RECLAIM);
		this.second.does(Event.RECLAIMED, Event.LOOKED, Event.DRAINED);
		assertThat(this.told).containsExactly("1: " + RELOADING, "1: STATUS=Observing process 2",
				"1: READY=1\nSTATUS=Serving, generation 0");
	}

	@Test
	void aSuccessorWhosePredecessorDiedTakesTheUnitOver() {
		this.second.does(Event.OFFER, Event.APPLICATION_READY, Event.PREDECESSOR_EOF);
		assertThat(this.told).containsExactly("2: MAINPID=2\nREADY=1\nSTATUS=Serving, generation 1");
	}

	@Test
	void aSuccessorThatIsLeftAloneWhileItStartsIsTheMainProcessAlready() {
		this.second.does(Event.OFFER, Event.PREDECESSOR_EOF, Event.APPLICATION_READY);
		assertThat(this.told).containsExactly("2: MAINPID=2\nSTATUS=Starting",
				"2: READY=1\nSTATUS=Serving, generation 1");
	}

	@Test
	void onlyTheMainProcessSaysThatTheUnitStops() {
		serveFirst();
		this.first.does(Event.TERMINATE);
		this.second.does(Event.OFFER, Event.APPLICATION_READY, Event.TERMINATE);
		assertThat(this.told).containsExactly("1: STOPPING=1\nSTATUS=Draining");
	}

	@Test
	void aPredecessorThatIsToldToEndHandsTheUnitOver() {
		serveFirst();
		this.first.does(Event.HELLO, Event.ADOPTED, Event.TERMINATE);
		assertThat(this.told).containsExactly("1: " + RELOADING,
				"1: MAINPID=2\nSTATUS=Process 2 serves, process 1 drains");
	}

	@Test
	void aPidOfAnotherNamespaceIsNotPassedOn() {
		Member elsewhere = new Member(1, 7);
		elsewhere.does(Event.CLAIMED, Event.APPLICATION_READY, Event.HELLO, Event.ADOPTED);
		this.told.clear();
		elsewhere.does(Event.TERMINATE);
		assertThat(this.told).isEmpty();
	}

	private void serveFirst() {
		this.first.does(Event.CLAIMED, Event.APPLICATION_READY);
		assertThat(this.told).containsExactly("1: READY=1\nSTATUS=Serving, generation 0");
		this.told.clear();
	}

	/**
	 * A process of the unit.
	 */
	private final class Member {

		private final int pid;

		private final PeerIdentity peer;

		private final ServiceNotices notices;

		private SessionState state = SessionState.initial(false);

		Member(int pid, int peer) {
			this.pid = pid;
			this.peer = new PeerIdentity(peer, "instance-" + peer, "");
			this.notices = new ServiceNotices(
					(message) -> ServiceNoticesTests.this.told.add("%d: %s".formatted(pid, message)),
					new StandingTime(), pid, (known) -> known <= 2);
		}

		void does(Event... events) {
			for (Event event : events) {
				SessionState before = this.state;
				Reaction reaction = SessionRules.apply(before, event);
				assertThat(reaction.isNamed()).as("%s in %s", event, before).isTrue();
				this.state = reaction.state();
				this.notices.before(reaction.actions(), this.peer);
				this.notices.after(new Transition(before, Occurrence.of(event), reaction.actions(), this.state,
						new Transition.Facts(this.pid - 1, this.peer, this.peer, null, 1, 0, Map.of())));
			}
		}

	}

	private static final class StandingTime implements TimeSource {

		@Override
		public long nanoTime() {
			return 1_234_000;
		}

		@Override
		public Instant instant() {
			return Instant.EPOCH;
		}

	}

}
