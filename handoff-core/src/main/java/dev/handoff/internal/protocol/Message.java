package dev.handoff.internal.protocol;

import java.time.Duration;
import java.util.List;

import dev.handoff.CommandResult;
import dev.handoff.HandoffReport;
import dev.handoff.HandoffState;
import org.jspecify.annotations.Nullable;

/**
 * What the two processes of a handoff tell each other. Immutable.
 */
public sealed interface Message {

	/**
	 * Successor: I would like your listeners.
	 *
	 * @param lowestVersion the lowest protocol version it speaks
	 * @param highestVersion the highest protocol version it speaks
	 * @param capabilities the {@link Capabilities} that it has
	 * @param pid its process id in its own pid namespace, for logs, for the service
	 * manager (MAINPID) and to recognise a successor that the receiver launched
	 * @param instanceId its random id
	 * @param application the application's name
	 * @param applicationVersion the application's version, may be empty
	 * @param networkNamespace its network namespace as {@code /proc/self/ns/net} names it
	 */
	record Hello(int lowestVersion, int highestVersion, long capabilities, long pid, String instanceId,
			String application, String applicationVersion, String networkNamespace) implements Message {
	}

	/**
	 * Predecessor: not now, or not you.
	 *
	 * @param reason why
	 * @param detail the reason in words, with its values
	 * @param retryAfter when to ask again, if that may help
	 */
	record Refused(Reason reason, String detail, @Nullable Duration retryAfter) implements Message {

		/**
		 * Reasons with stable codes.
		 */
		public enum Reason {

			BUSY(1), NOT_READY(2), VERSION(3), OTHER_APPLICATION(4), FORBIDDEN(5), OTHER_NETWORK(6);

			private final int code;

			Reason(int code) {
				this.code = code;
			}

			public int code() {
				return this.code;
			}

		}

	}

	/**
	 * Predecessor: these are my listeners and files; their descriptors follow in
	 * {@link Descriptors} messages, in the manifest's order.
	 *
	 * @param version the protocol version chosen
	 * @param capabilities the {@link Capabilities} that both sides have
	 * @param generation the predecessor's generation
	 * @param pid the predecessor's process id in its own pid namespace, for logs and the
	 * status
	 * @param instanceId the predecessor's random id
	 * @param applicationVersion the application's version, may be empty
	 * @param manifest the listeners and files, the control listener first
	 */
	record Offer(int version, long capabilities, int generation, long pid, String instanceId, String applicationVersion,
			List<Entry> manifest) implements Message {

		public Offer {
			manifest = List.copyOf(manifest);
		}

		/**
		 * One listener or file.
		 *
		 * @param name the name under which it is asked for, empty for the control
		 * listener; a file may have the name of a listener
		 * @param kind what kind it is
		 * @param address a listener's local address, {@code 0.0.0.0:8080},
		 * {@code [::1]:8080} or a path; the path under which a file is asked for
		 * @param inode the inode, the same in every process that holds it
		 * @param device the device that a file is on, 0 for a listener
		 */
		public record Entry(String name, Kind kind, String address, long inode, long device) {

			/**
			 * Creates the entry of a listener.
			 */
			public Entry(String name, Kind kind, String address, long inode) {
				this(name, kind, address, inode, 0);
			}

		}

		/**
		 * Kinds of listeners and files with stable codes.
		 */
		public enum Kind {

			CONTROL(1), TCP(2), UNIX(3), UDP(4), APPEND_FILE(5), PIPE(6);

			private final int code;

			Kind(int code) {
				this.code = code;
			}

			public int code() {
				return this.code;
			}

			/**
			 * Returns whether it is a kind of file.
			 * @return {@code false} for a kind of listener
			 */
			public boolean isFile() {
				return this == APPEND_FILE || this == PIPE;
			}

		}

	}

	/**
	 * Predecessor: the next descriptors of the manifest, attached to this frame's bytes.
	 *
	 * @param count how many
	 */
	record Descriptors(int count) implements Message {
	}

	/**
	 * Successor: I have all descriptors and they are what the manifest says.
	 */
	record Adopted() implements Message {
	}

	/**
	 * Successor: I am able to serve.
	 *
	 * @param hold whether the predecessor must wait for a second READY, or for its own
	 * operator, before it releases
	 */
	record Ready(boolean hold) implements Message {
	}

	/**
	 * Predecessor: I do not accept any more.
	 *
	 * @param window how long I can accept again
	 */
	record Released(Duration window) implements Message {
	}

	/**
	 * Successor: my accept gates are open.
	 */
	record Serving() implements Message {
	}

	/**
	 * Successor: the window is over and I serve; close your copies.
	 *
	 * @param reason what ended the window, which may be before its time
	 */
	record Confirmed(String reason) implements Message {
	}

	/**
	 * Successor: please accept again.
	 *
	 * @param reason why
	 */
	record Reclaim(String reason) implements Message {
	}

	/**
	 * Predecessor: I accept again, leave.
	 *
	 * @param reason why
	 */
	record Reclaimed(String reason) implements Message {
	}

	/**
	 * Predecessor: I hold none of the descriptors any more, you decide alone.
	 */
	record Closed() implements Message {
	}

	/**
	 * Predecessor: how my drain goes.
	 *
	 * @param remaining connections still in hand
	 */
	record Progress(int remaining) implements Message {
	}

	/**
	 * Predecessor: I have nothing in hand any more and close this channel.
	 */
	record Gone() implements Message {
	}

	/**
	 * Either: the handoff is off.
	 *
	 * @param reason why
	 */
	record Abort(String reason) implements Message {
	}

	/**
	 * Either: I do not know the message of that type and ignored it.
	 *
	 * @param type the type's code
	 */
	record Unrecognized(int type) implements Message {
	}

	/**
	 * Operator, in place of HELLO: one request a connection.
	 *
	 * @param lowestVersion the lowest protocol version it speaks
	 * @param highestVersion the highest protocol version it speaks
	 * @param operation what it asks for
	 * @param handoff the handoff to wait for, empty for the one under way
	 * @param format how the answer is to be written
	 */
	record Request(int lowestVersion, int highestVersion, Operation operation, String handoff,
			Format format) implements Message {

		/**
		 * What an operator can ask for, with stable codes.
		 */
		public enum Operation {

			STATUS(1), RELEASE(2), ABORT(3), RECLAIM(4), TRIGGER(5), WAIT(6);

			private final int code;

			Operation(int code) {
				this.code = code;
			}

			public int code() {
				return this.code;
			}

		}

		/**
		 * How an answer is written, with stable codes.
		 */
		public enum Format {

			TEXT(1), JSON(2);

			private final int code;

			Format(int code) {
				this.code = code;
			}

			public int code() {
				return this.code;
			}

		}

	}

	/**
	 * To an operator: what became of a command.
	 *
	 * @param verdict whether it was carried out
	 * @param text the result, in the format that was asked for
	 */
	record Result(CommandResult.Verdict verdict, String text) implements Message {
	}

	/**
	 * To an operator: what this process is doing.
	 *
	 * @param state its state
	 * @param generation its generation
	 * @param instanceId its random id
	 * @param text the status, in the format that was asked for
	 */
	record Status(HandoffState state, int generation, String instanceId, String text) implements Message {
	}

	/**
	 * To an operator: how a handoff ended.
	 *
	 * @param outcome how it ended
	 * @param text the report, in the format that was asked for
	 */
	record Report(HandoffReport.Outcome outcome, String text) implements Message {
	}

	/**
	 * A message that this version does not know; never sent.
	 *
	 * @param type the type's code
	 */
	record Unknown(int type) implements Message {
	}

}
