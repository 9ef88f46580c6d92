package dev.handoff.boot.launch;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;

/**
 * A signal of the operating system that the JVM passes on, by way of
 * {@code sun.misc.Signal}: module {@code jdk.unsupported} exports it, but the compiler's
 * warning about it cannot be suppressed. Safe for use by several threads.
 */
final class OsSignal implements AutoCloseable {

	private final Object signal;

	private final Method handle;

	private final Object before;

	private OsSignal(Object signal, Method handle, Object before) {
		this.signal = signal;
		this.handle = handle;
		this.before = before;
	}

	/**
	 * Has something run at each arrival of a signal, on a thread of its own.
	 * @param name the signal's name without SIG
	 * @param action what to do
	 * @return ends that when it is closed
	 * @throws IllegalArgumentException if the JVM keeps the signal to itself
	 */
	static OsSignal handle(String name, Runnable action) {
		try {
			Class<?> signalType = Class.forName("sun.misc.Signal");
			Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
			Object signal = signalType.getConstructor(String.class).newInstance(name);
			Method handle = signalType.getMethod("handle", signalType, handlerType);
			InvocationHandler invocation = (proxy, method, arguments) -> {
				if (method.getDeclaringClass() == Object.class) {
					return method.invoke(action, arguments);
				}
				action.run();
				return null;
			};
			Object handler = Proxy.newProxyInstance(OsSignal.class.getClassLoader(), new Class<?>[] { handlerType },
					invocation);
			Object before = handle.invoke(null, signal, handler);
			if (name.equals("HUP") && before.equals(handlerType.getField("SIG_IGN").get(null))) {
				// HotSpot leaves it so (nohup(1)), and says nothing.
				throw new IllegalArgumentException(
						"SIGHUP is ignored in this process, as nohup has it. Start it in another way, or use usr1.");
			}
			return new OsSignal(signal, handle, before);
		}
		catch (InvocationTargetException ex) {
			throw new IllegalArgumentException("SIG%s cannot be taken: %s".formatted(name, ex.getCause()), ex);
		}
		catch (ReflectiveOperationException ex) {
			throw new IllegalArgumentException(
					"SIG%s cannot be taken: this JVM lacks the module jdk.unsupported".formatted(name), ex);
		}
	}

	@Override
	public void close() {
		try {
			this.handle.invoke(null, this.signal, this.before);
		}
		catch (ReflectiveOperationException ex) {
			throw new IllegalStateException("%s cannot be given back".formatted(this.signal), ex);
		}
	}

}
