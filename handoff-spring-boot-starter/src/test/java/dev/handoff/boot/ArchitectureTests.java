package dev.handoff.boot;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

/**
 * The rules about who may use whom.
 */
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
			.allowEmptyShould(true)
			.check(this.classes);
	}

	@Test
	void serversAreUsedByTheirWiringOnly() {
		noClasses().that()
			.resideOutsideOfPackages("dev.handoff.boot.tomcat", "dev.handoff.boot.autoconfigure.tomcat")
			.should()
			.dependOnClassesThat()
			.resideInAnyPackage("dev.handoff.boot.tomcat", "org.apache.catalina..", "org.apache.coyote..",
					"org.apache.tomcat..")
			.check(this.classes);
	}

	@Test
	void packagesHaveNoCycles() {
		slices().matching("dev.handoff.boot.(**)").should().beFreeOfCycles().check(this.classes);
	}

}
