/* SPDX-License-Identifier: Apache-2.0 */
/* sluice-hook: one program for every hook, by the name it is started under. */
#include "hooks/hook.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/mem.h"
#include "base/text.h"

static const struct hook_event *const events[] = {
	&hook_event_pre_receive,
	&hook_event_update,
	&hook_event_post_receive,
	&hook_event_pre_commit,
	&hook_event_commit_msg,
	&hook_event_pre_push,
};

static const struct hook_event *
find_event(const char *name)
{
	for (size_t i = 0; i < SL_COUNT(events); i++)
		if (!strcmp(events[i]->name, name))
			return events[i];
	return NULL;
}

static void
usage(FILE *to)
{
	fprintf(to, "sluice-hook: judge pushes and commits\n\n"
		    "usage: sluice-hook EVENT [arguments that git gives]\n"
		    "       or started under the name of EVENT, as a hook\n\n");
	for (size_t i = 0; i < SL_COUNT(events); i++)
		fprintf(to, "  %-14s %s\n", events[i]->name, events[i]->brief);
	fprintf(to, "\nexample:\n  sluice install --site=site.yaml "
		    "team/churn.git\n\nmanual: man sluice-hook\n");
}

static int
run_event(const struct hook_event *event, int argc, char **argv)
{
	struct hook hook = {
		.event = event->name,
		.argc = argc,
		.argv = argv,
		.started_ms = sl_clock_monotonic_ms(sl_clock_system()),
	};
	struct sl_error err = SL_ERROR_INIT;
	int code;

	/* A pusher that goes away must not end us half way. */
	signal(SIGPIPE, SIG_IGN);
	if (hook_environment_take(&hook.env, &err) < 0)
		code = hook_refuse(&hook, &err);
	else
		code = event->run(&hook);
	hook_environment_release(&hook.env);
	return code;
}

int
main(int argc, char **argv)
{
	const char *name = argc > 0 ? strrchr(argv[0], '/') : NULL;
	const struct hook_event *event;

	name = name ? name + 1 : argc > 0 ? argv[0] : "";
	event = find_event(name);
	if (event != NULL)
		return run_event(event, argc - 1, argv + 1);
	if (argc >= 2 && !strcmp(argv[1], "--version")) {
		printf("sluice-hook %s\n", PACKAGE_VERSION);
		return SL_EXIT_PASS;
	}
	if (argc >= 2 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))) {
		usage(stdout);
		return SL_EXIT_PASS;
	}
	event = argc >= 2 ? find_event(argv[1]) : NULL;
	if (event != NULL)
		return run_event(event, argc - 2, argv + 2);
	usage(stderr);
	return SL_EXIT_USAGE;
}
