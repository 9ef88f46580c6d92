package dev.handoff.boot.tomcat;

import java.beans.PropertyDescriptor;
import java.net.InetAddress;
import java.util.Objects;
import java.util.concurrent.Executor;

import org.apache.catalina.LifecycleListener;
import org.apache.catalina.connector.Connector;
import org.apache.coyote.AbstractProtocol;
import org.apache.coyote.ProtocolHandler;
import org.apache.coyote.UpgradeProtocol;
import org.apache.coyote.ajp.AjpNioProtocol;
import org.apache.coyote.http11.Http11NioProtocol;
import org.apache.tomcat.util.net.SSLHostConfig;
import org.apache.tomcat.util.net.SocketProperties;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.BeanUtils;
import org.springframework.beans.BeanWrapper;
import org.springframework.beans.PropertyAccessorFactory;

/**
 * Makes a connector that can be handed over of one that cannot: a connector's protocol,
 * and a protocol's endpoint, are chosen when they are made.
 */
final class ConnectorCopy {

	private static final String SOCKET = "socket.";

	private ConnectorCopy() {
	}

	/**
	 * Makes a connector with the same configuration.
	 * @param original a connector that has not been started
	 * @return the connector, or {@code null} if there is no protocol for it that can be
	 * handed over
	 */
	static @Nullable Connector of(Connector original) {
		ProtocolHandler handler = original.getProtocolHandler();
		// Not a subclass, which does something of its own.
		if (handler.getClass() == Http11NioProtocol.class) {
			Connector copy = copy(original, HandoffHttp11Protocol.class);
			for (SSLHostConfig ssl : original.findSslHostConfigs()) {
				copy.addSslHostConfig(ssl);
			}
			for (UpgradeProtocol upgrade : original.findUpgradeProtocols()) {
				copy.addUpgradeProtocol(upgrade);
			}
			return copy;
		}
		// Who does not tell its secret does not tell whether it has the one that it
		// requires.
		if (handler instanceof AjpNioProtocol ajp && ajp.getClass() == AjpNioProtocol.class
				&& !ajp.getSecretRequired()) {
			Connector copy = copy(original, HandoffAjpProtocol.class);
			((HandoffAjpProtocol) copy.getProtocolHandler()).answerAs(ajp);
			return copy;
		}
		return null;
	}

	private static Connector copy(Connector original, Class<? extends HandoffProtocol> protocol) {
		Connector copy = new Connector(protocol.getName());
		copyProperties(original, copy);
		copyProperties(original.getProtocolHandler(), copy.getProtocolHandler());
		copySocketProperties((AbstractProtocol<?>) original.getProtocolHandler(), copy);
		for (LifecycleListener listener : original.findLifecycleListeners()) {
			copy.addLifecycleListener(listener);
		}
		return copy;
	}

	// What is as in a new object is not set: a setter may do more than that.
	private static void copyProperties(Object original, Object copy) {
		BeanWrapper from = PropertyAccessorFactory.forBeanPropertyAccess(original);
		BeanWrapper to = PropertyAccessorFactory.forBeanPropertyAccess(copy);
		for (PropertyDescriptor property : from.getPropertyDescriptors()) {
			String name = property.getName();
			if (!isValue(property.getPropertyType()) || !from.isReadableProperty(name) || !to.isWritableProperty(name)
					|| !to.isReadableProperty(name)) {
				continue;
			}
			Object value = from.getPropertyValue(name);
			if (!Objects.equals(value, to.getPropertyValue(name))) {
				to.setPropertyValue(name, value);
			}
		}
	}

	private static boolean isValue(@Nullable Class<?> type) {
		return type != null && (BeanUtils.isSimpleValueType(type) || type == InetAddress.class || type == Executor.class
				|| type == String[].class);
	}

	// They are an endpoint's, which cannot be asked for.
	private static void copySocketProperties(AbstractProtocol<?> original, Connector copy) {
		for (PropertyDescriptor property : BeanUtils.getPropertyDescriptors(SocketProperties.class)) {
			String name = SOCKET + property.getName();
			String value = original.getProperty(name);
			if (value != null && !value.equals(((AbstractProtocol<?>) copy.getProtocolHandler()).getProperty(name))) {
				copy.setProperty(name, value);
			}
		}
	}

}
