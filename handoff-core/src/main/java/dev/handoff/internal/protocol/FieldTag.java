package dev.handoff.internal.protocol;

import org.jspecify.annotations.Nullable;

/**
 * The fields of all messages, with stable tags. A tag means the same in every message and
 * is never used again for something else.
 */
enum FieldTag {

	LOWEST_VERSION(1), HIGHEST_VERSION(2), CAPABILITIES(3), PID(4), INSTANCE_ID(5), APPLICATION(6),
	APPLICATION_VERSION(7), NETWORK_NAMESPACE(8), REASON(9), DETAIL(10), RETRY_AFTER(11), VERSION(12), GENERATION(13),
	ENTRY(14), NAME(15), KIND(16), ADDRESS(17), INODE(18), COUNT(19), HOLD(20), WINDOW(21), REMAINING(22), TYPE(23),
	OPERATION(24), HANDOFF(25), VERDICT(26), STATE(27), OUTCOME(28), FORMAT(29), TEXT(30), DEVICE(31);

	private static final FieldTag[] TAGS = values();

	private final int code;

	FieldTag(int code) {
		this.code = code;
	}

	int code() {
		return this.code;
	}

	/**
	 * Returns how often the field may occur in one message.
	 * @return the largest number of occurrences
	 */
	int maxOccurrences() {
		return (this == ENTRY) ? FrameCodec.MAX_ENTRIES : 1;
	}

	static @Nullable FieldTag of(int code) {
		for (FieldTag tag : TAGS) {
			if (tag.code == code) {
				return tag;
			}
		}
		return null;
	}

}
