package dev.handoff.boot.autoconfigure;

import java.lang.reflect.Method;

import org.springframework.aot.AotDetector;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.boot.SpringApplicationRunListener;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * The beans of these auto-configurations in an application that was processed ahead of
 * time. Their conditions were evaluated by its build, so those that depend on where and
 * how it is started are evaluated again, and the beans removed if they do not match.
 */
final class AheadOfTimeBeans implements SpringApplicationRunListener {

	private static final String PACKAGE = AheadOfTimeBeans.class.getPackageName() + ".";

	@Override
	public void contextLoaded(ConfigurableApplicationContext context) {
		ConfigurableListableBeanFactory beans = context.getBeanFactory();
		if (AotDetector.useGeneratedArtifacts() && beans instanceof BeanDefinitionRegistry registry
				&& beans.containsBeanDefinition("handoffContext")
				&& OnHandoffCondition.findObstacle(context.getEnvironment(), context.getClassLoader(), beans) != null) {
			for (String name : beans.getBeanDefinitionNames()) {
				if (isOurs(beans, name)) {
					registry.removeBeanDefinition(name);
				}
			}
		}
	}

	private static boolean isOurs(ConfigurableListableBeanFactory beans, String name) {
		Method method = (beans.getMergedBeanDefinition(name) instanceof RootBeanDefinition definition)
				? definition.getResolvedFactoryMethod() : null;
		Class<?> source = (method != null) ? method.getDeclaringClass() : beans.getType(name, false);
		return source != null && source.getName().startsWith(PACKAGE);
	}

}
