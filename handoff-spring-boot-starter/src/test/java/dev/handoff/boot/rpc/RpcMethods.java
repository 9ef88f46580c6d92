package dev.handoff.boot.rpc;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;

/**
 * The methods of the sample's gRPC service, whose messages are texts.
 */
public final class RpcMethods {

	/** The name of the service. */
	public static final String SERVICE = "sample.Rpc";

	/** Pause between two messages of a stream. */
	public static final Duration PAUSE = Duration.ofMillis(250);

	/** Answers with the generation. */
	public static final MethodDescriptor<String, String> GENERATION = method("Generation", MethodType.UNARY);

	/** Answers with as many texts as the request says, one after each pause. */
	public static final MethodDescriptor<String, String> COUNT = method("Count", MethodType.SERVER_STREAMING);

	/** Answers at the end with the number of messages. */
	public static final MethodDescriptor<String, String> SUM = method("Sum", MethodType.CLIENT_STREAMING);

	/** Answers each message with the generation. */
	public static final MethodDescriptor<String, String> ECHO = method("Echo", MethodType.BIDI_STREAMING);

	private RpcMethods() {
	}

	private static MethodDescriptor<String, String> method(String name, MethodType type) {
		return MethodDescriptor.<String, String>newBuilder()
			.setType(type)
			.setFullMethodName(MethodDescriptor.generateFullMethodName(SERVICE, name))
			.setRequestMarshaller(new TextMarshaller())
			.setResponseMarshaller(new TextMarshaller())
			.build();
	}

	private static final class TextMarshaller implements MethodDescriptor.Marshaller<String> {

		@Override
		public InputStream stream(String value) {
			return new ByteArrayInputStream(value.getBytes(StandardCharsets.UTF_8));
		}

		@Override
		public String parse(InputStream stream) {
			try {
				return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
			}
			catch (IOException ex) {
				throw new UncheckedIOException(ex);
			}
		}

	}

}
