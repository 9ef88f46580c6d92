package dev.handoff.internal.pidfd;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import dev.handoff.AcquisitionException;
import dev.handoff.AcquisitionException.Reason;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Denial}.
 */
class DenialTests {

	private static final String PTRACE = "0000000000080000";

	private static final String NONE = "0000000000000000";

	@TempDir
	private Path proc;

	@BeforeEach
	void sameUserWithoutCapabilities() throws IOException {
		status("self", "1000", NONE, 0);
		status("42", "1000", NONE, 0);
	}

	@ParameterizedTest
	@CsvSource({ "4.19.0-27-amd64, KERNEL", "5.5.19, KERNEL", "5.6.0, SECCOMP", "6.1.0-18-cloud, SECCOMP",
			"unknown, SECCOMP" })
	void anUnknownCallMeansAnOldKernelOrAFilter(String kernel, Reason reason) {
		AcquisitionException failure = Denial.in(this.proc, kernel, 42).unknownCall(new IOException("ENOSYS"));
		assertThat(failure.getReason()).isEqualTo(reason);
		assertThat(failure.getPid()).isEqualTo(42);
		if (reason == Reason.KERNEL) {
			assertThat(failure).hasMessageContaining(kernel).hasMessageContaining("5.6");
		}
	}

	@ParameterizedTest
	@CsvSource({ "1", "2", "3" })
	void yamaIsNamedWithItsSetting(int scope) throws IOException {
		yama(scope);
		AcquisitionException failure = forbidden();
		assertThat(failure.getReason()).isEqualTo(Reason.PTRACE_SCOPE);
		assertThat(failure).hasMessageContaining("kernel.yama.ptrace_scope is " + scope);
	}

	@Test
	void theCapabilityOverridesYamaUnlessAllTracingIsForbidden() throws IOException {
		status("self", "1000", PTRACE, 0);
		yama(1);
		assertThat(forbidden().getReason()).isEqualTo(Reason.PERMISSION);
		yama(3);
		assertThat(forbidden().getReason()).isEqualTo(Reason.PTRACE_SCOPE);
	}

	@Test
	void anotherUserIsNamed() throws IOException {
		status("42", "33", NONE, 0);
		assertThat(forbidden().getReason()).isEqualTo(Reason.PERMISSION);
		assertThat(forbidden()).hasMessageContaining("user 33").hasMessageContaining("user 1000");
	}

	@Test
	void whoMayTraceButNotReadIsToldWhatIsMissing() throws IOException {
		status("self", "0", PTRACE, 2);
		AcquisitionException failure = Denial.in(this.proc, "6.1.0", 42).unreadable(new IOException("EACCES"));
		assertThat(failure.getReason()).isEqualTo(Reason.PERMISSION);
		assertThat(failure).hasMessageContaining("user 1000")
			.hasMessageContaining("user 0 without CAP_DAC_READ_SEARCH");
		status("self", "33", NONE, 2);
		assertThat(Denial.in(this.proc, "6.1.0", 42).unreadable(new IOException("EACCES")))
			.hasMessageContaining("CAP_SYS_PTRACE");
	}

	@Test
	void aFilterIsBlamedIfTheKernelWouldAllowIt() throws IOException {
		status("self", "1000", NONE, 2);
		assertThat(forbidden().getReason()).isEqualTo(Reason.SECCOMP);
		status("42", "1000", PTRACE, 0);
		assertThat(forbidden().getReason()).isEqualTo(Reason.PERMISSION);
		assertThat(forbidden()).hasMessageContaining("capabilities");
	}

	@Test
	void whatIsNotKnownIsSaid() throws IOException {
		assertThat(forbidden().getReason()).isEqualTo(Reason.PERMISSION);
		assertThat(forbidden()).hasMessageContaining("PR_SET_DUMPABLE").hasMessageContaining("EPERM");
		Files.delete(this.proc.resolve("42/status"));
		assertThat(forbidden().getReason()).isEqualTo(Reason.PERMISSION);
	}

	private AcquisitionException forbidden() {
		return Denial.in(this.proc, "6.1.0", 42).forbidden(new IOException("EPERM"));
	}

	private void yama(int scope) throws IOException {
		Path directory = Files.createDirectories(this.proc.resolve("sys/kernel/yama"));
		Files.writeString(directory.resolve("ptrace_scope"), scope + "\n");
	}

	private void status(String process, String user, String capabilities, int seccomp) throws IOException {
		Path directory = Files.createDirectories(this.proc.resolve(process));
		Files.writeString(directory.resolve("status"), """
				Name:	server
				Uid:	%1$s	%1$s	%1$s	%1$s
				Gid:	100	100	100	100
				CapPrm:	%2$s
				CapEff:	%2$s
				Seccomp:	%3$d
				""".formatted(user, capabilities, seccomp));
	}

}
