package dev.handoff.boot;

import java.util.stream.Stream;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

/**
 * The rules about who may use whom.
 */
@Tag("jdk-independent")
class ArchitectureTests {

	private final JavaClasses classes = new ClassFileImporter().withImportOption(new ImportOption.DoNotIncludeTests())
		.importPackages("dev.handoff.boot");

	@Test
	void nobodyUsesTheCoresInternals() {
		noClasses().should().dependOnClassesThat().resideInAPackage("dev.handoff.internal..").check(this.classes);
	}

	@Test
	void nobodyUsesTheWiring() {
		noClasses().that()
			.resideOutsideOfPackage("dev.handoff.boot.autoconfigure..")
			.should()
			.dependOnClassesThat()
			.resideInAPackage("dev.handoff.boot.autoconfigure..")
			.check(this.classes);
	}

	@Test
	void serversDoNotKnowEachOther() {
		slices().matching("dev.handoff.boot.(tomcat|jetty|netty)..")
			.should()
			.notDependOnEachOther()
			.check(this.classes);
	}

	@Test
	void serversAreUsedByTheirAdaptersOnly() {
		onlyIn("tomcat", "org.apache.catalina..", "org.apache.coyote..", "org.apache.tomcat..");
		onlyIn("jetty", "org.eclipse.jetty..");
		onlyIn("grpc", "io.grpc..", "org.springframework.grpc..", "org.springframework.boot.grpc..");
		onlyIn("rsocket", "io.rsocket..", "org.springframework.boot.rsocket..");
	}

	@Test
	void nettyIsUsedByServersOnIt() {
		noClasses().that()
			.resideOutsideOfPackages(Stream.of("netty", "grpc", "rsocket")
				.flatMap((name) -> Stream.of("dev.handoff.boot." + name, "dev.handoff.boot.autoconfigure." + name))
				.toArray(String[]::new))
			.should()
			.dependOnClassesThat()
			.resideInAnyPackage("dev.handoff.boot.netty", "io.netty..", "reactor.netty..")
			.check(this.classes);
	}

	@Test
	void micrometerIsUsedByTheMetersOnly() {
		onlyIn("metrics", "io.micrometer..");
	}

	private void onlyIn(String name, String... technology) {
		String adapter = "dev.handoff.boot." + name;
		String[] used = Stream.concat(Stream.of(adapter), Stream.of(technology)).toArray(String[]::new);
		noClasses().that()
			.resideOutsideOfPackages(adapter, "dev.handoff.boot.autoconfigure." + name)
			.should()
			.dependOnClassesThat()
			.resideInAnyPackage(used)
			.check(this.classes);
	}

	@Test
	void packagesHaveNoCycles() {
		slices().matching("dev.handoff.boot.(**)").should().beFreeOfCycles().check(this.classes);
	}

}
