/* SPDX-License-Identifier: Apache-2.0 */
/*
 * measure: run a command many times and print the medians of wall time and
 * of user and system CPU time (children included), in microseconds, and of
 * the largest resident size in KiB, on one line.
 *
 *     measure RUNS INPUT COMMAND [ARGUMENT...]
 *
 * INPUT becomes standard input; output is dropped. Exit codes 0 and 1 of the
 * command count as an answer, any other ends the measure with 1.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"

struct sample {
	long wall_us;
	long cpu_us;
	long rss_kib;
};

static long
microseconds(struct timeval t)
{
	return (long)t.tv_sec * 1000000 + (long)t.tv_usec;
}

static void
become(const char *input, char **command)
{
	int in = open(input, O_RDONLY | O_CLOEXEC);
	int out = open("/dev/null", O_WRONLY | O_CLOEXEC);

	if (in >= 0 && out >= 0 && dup2(in, 0) >= 0 && dup2(out, 1) >= 0 &&
	    dup2(out, 2) >= 0)
		execvp(command[0], command);
	_exit(127);
}

static bool
take_sample(const char *input, char **command, struct sample *out)
{
	struct timespec from, to;
	struct rusage used;
	int status;
	pid_t pid;

	clock_gettime(CLOCK_MONOTONIC, &from);
	pid = fork();
	if (pid == 0)
		become(input, command);
	if (pid < 0 || wait4(pid, &status, 0, &used) != pid)
		return false;
	clock_gettime(CLOCK_MONOTONIC, &to);
	out->wall_us = (long)(to.tv_sec - from.tv_sec) * 1000000 +
	    (to.tv_nsec - from.tv_nsec) / 1000;
	out->cpu_us = microseconds(used.ru_utime) +
	    microseconds(used.ru_stime);
	out->rss_kib = used.ru_maxrss;
	if (WIFEXITED(status) && WEXITSTATUS(status) <= 1)
		return true;
	fprintf(stderr, "measure: %s ended with status %d\n", command[0],
	    WIFEXITED(status) ? WEXITSTATUS(status) : -1);
	return false;
}

static int
compare(const void *a, const void *b)
{
	const long *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static long
median(long *values, size_t count)
{
	qsort(values, count, sizeof(*values), compare);
	return values[count / 2];
}

int
main(int argc, char **argv)
{
	long runs = argc > 3 ? strtol(argv[1], NULL, 10) : 0;
	long *wall, *cpu, *rss;

	if (runs < 1 || runs > 100000) {
		fprintf(stderr, "usage: measure RUNS INPUT COMMAND...\n");
		return 129;
	}
	wall = sl_alloc_array((size_t)runs, sizeof(*wall));
	cpu = sl_alloc_array((size_t)runs, sizeof(*cpu));
	rss = sl_alloc_array((size_t)runs, sizeof(*rss));
	for (long i = 0; i < runs; i++) {
		struct sample s = { 0, 0, 0 };

		if (!take_sample(argv[2], argv + 3, &s))
			return 1;
		wall[i] = s.wall_us;
		cpu[i] = s.cpu_us;
		rss[i] = s.rss_kib;
	}
	printf("%ld %ld %ld\n", median(wall, (size_t)runs),
	    median(cpu, (size_t)runs), median(rss, (size_t)runs));
	free(wall);
	free(cpu);
	free(rss);
	return 0;
}
