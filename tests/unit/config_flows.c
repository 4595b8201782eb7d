/* SPDX-License-Identifier: Apache-2.0 */
/* config: flows, and which of them decides. */
#include "config_rig.h"

/* --- which flow decides --- */

#define PIPES "pipelines: {training: {definition: d.json}}\n"
#define FLOW(ref, rest) "- {ref: '" ref "', " rest "}\n"
#define MAIN_STAGING "environment: staging, action: train, names: main"
#define STAGING "environment: staging, action: train"
#define MAIN_DEV "environment: dev, action: train"
#define PROMOTED "environment: dev, action: train, names: main, promote-to: "

#define DEV_MAIN MAIN_DEV ", names: main"
#define FROM_DEV                                                               \
	FLOW("refs/v", "environment: prod, action: promote, from: dev")

/* Patterns of these tests are literal, but for a final '*'. */
static int
match_simple(void *ctx, const struct sl_flow *flow, struct sl_str ref,
    bool *matches, struct sl_error *err)
{
	size_t n = strlen(flow->ref);

	(void)ctx;
	if (!strcmp(flow->ref, "broken"))
		return sl_error_set(err, SL_ELIMIT, "cannot be decided");
	if (n > 0 && flow->ref[n - 1] == '*')
		*matches = ref.len >= n - 1 &&
		    !memcmp(ref.ptr, flow->ref, n - 1);
	else
		*matches = sl_str_eqs(ref, flow->ref);
	return SL_OK;
}

#define THREE_ENVS                                                             \
	HEAD "environments:\n"                                                 \
	     "  dev: {protected: false, account: '111111111111', region: "     \
	     "eu-west-1, bucket: bbb, pipeline-role: '" ROLE "'}\n"            \
	     "  staging: {account: '111111111111', region: eu-west-1, "        \
	     "bucket: bbb, pipeline-role: '" ROLE "'}\n"                       \
	     "  prod: {account: '111111111111', region: eu-west-1, bucket: "   \
	     "bbb, pipeline-role: '" ROLE "'}\n"
#define SITE_FLOWS                                                             \
	"flows:\n" FLOW("refs/f/*", MAIN_DEV) FLOW("refs/main", MAIN_STAGING)  \
	    FLOW("refs/v*", "environment: prod, action: promote, from: "       \
			    "staging") FLOW("refs/s*", STAGING)

static const struct {
	const char *what;
	const char *trusted; /* flows; NULL: no project file */
	const char *pushed;
	const char *ref;
	int rc;
	const char *environment;
	const char *file;
} choices[] = {
	{ "site alone, unprotected", NULL, NULL, "refs/f/x", SL_OK, "dev",
	    "site" },
	{ "site alone, protected", NULL, NULL, "refs/main", SL_OK, "staging",
	    "site" },
	{ "no flow", NULL, NULL, "refs/other", SL_ENOTFOUND, NULL, NULL },
	{ "pushed adds an unprotected flow", NULL, FLOW("refs/x*", MAIN_DEV),
	    "refs/xy", SL_OK, "dev", "pushed" },
	{ "pushed cannot take a protected ref away", NULL,
	    FLOW("refs/main", MAIN_DEV), "refs/main", SL_OK, "staging",
	    "site" },
	{ "pushed cannot add a protected flow", NULL,
	    FLOW("refs/x", MAIN_STAGING), "refs/x", SL_EREFUSED, NULL, NULL },
	{ "pushed cannot promote, even into dev", NULL,
	    FLOW("refs/x", "environment: dev, action: promote, from: prod"),
	    "refs/x", SL_EREFUSED, NULL, NULL },
	{ "pushed list without the ref: nothing", NULL,
	    FLOW("refs/y", MAIN_DEV), "refs/f/x", SL_ENOTFOUND, NULL, NULL },
	{ "unknown environment counts as protected", NULL,
	    FLOW("refs/x", "environment: qa, action: train"), "refs/x",
	    SL_EREFUSED, NULL, NULL },
	{ "trusted moves main to dev", FLOW("refs/main", MAIN_DEV), NULL,
	    "refs/main", SL_OK, "dev", "trusted" },
	{ "trusted within the site's flows", FLOW("refs/m*", MAIN_STAGING),
	    NULL, "refs/main", SL_OK, "staging", "trusted" },
	{ "trusted beyond the site's refs", FLOW("refs/m*", MAIN_STAGING),
	    NULL, "refs/mine", SL_EREFUSED, NULL, NULL },
	{ "trusted with a looser approval",
	    FLOW("refs/main", MAIN_STAGING ", approval: approved"), NULL,
	    "refs/main", SL_EREFUSED, NULL, NULL },
	{ "trusted with names of its own", FLOW("refs/main", STAGING), NULL,
	    "refs/main", SL_OK, "staging", "trusted" },
	{ "trusted with the use case's names", FLOW("refs/s1", MAIN_STAGING),
	    NULL, "refs/s1", SL_EREFUSED, NULL, NULL },
	{ "trusted promotes from elsewhere",
	    FLOW("refs/v1", "environment: prod, action: promote, from: dev"),
	    NULL, "refs/v1", SL_EREFUSED, NULL, NULL },
	{ "trusted before pushed", FLOW("refs/main", MAIN_STAGING),
	    FLOW("refs/main", MAIN_DEV), "refs/main", SL_OK, "staging",
	    "trusted" },
	{ "pushed before trusted where unprotected", FLOW("refs/a", MAIN_DEV),
	    FLOW("refs/a", "action: none"), "refs/a", SL_OK, NULL, "pushed" },
	{ "an undecided pattern is an error", FLOW("broken", MAIN_DEV), NULL,
	    "refs/main", SL_ELIMIT, NULL, NULL },
};

static struct sl_project *
project_with(const char *name, const char *flows)
{
	struct sl_error err = SL_ERROR_INIT;
	struct sl_project *project = NULL;
	char *text;

	if (flows == NULL)
		return NULL;
	text = sl_asprintf(P PIPES "flows:\n%s", flows);
	ck_assert_ok(sl_project_parse(name, sl_str(text), &project, &err),
	    &err);
	free(text);
	return project;
}

/* A promotion that follows is one: the site must have it, and the pushed
 * commit can neither add it nor take it away. */
static const struct {
	const char *what;
	const char *site; /* flows */
	const char *trusted;
	const char *pushed;
	int rc;
	const char *promote_to;
	const char *file;
} followed[] = {
	{ "the site's counts", FLOW("refs/main", PROMOTED "staging"), NULL,
	    FLOW("refs/main", MAIN_DEV), SL_OK, "staging", "site" },
	{ "trusted, as the site has it",
	    FLOW("refs/main", PROMOTED "staging"),
	    FLOW("refs/m*", PROMOTED "staging"), NULL, SL_OK, "staging",
	    "trusted" },
	{ "trusted, where the site has it for another ref",
	    FLOW("refs/other", PROMOTED "staging"),
	    FLOW("refs/main", PROMOTED "staging"), NULL, SL_EREFUSED, NULL,
	    NULL },
	{ "trusted, into another environment",
	    FLOW("refs/main", PROMOTED "staging"),
	    FLOW("refs/main", PROMOTED "prod"), NULL, SL_EREFUSED, NULL,
	    NULL },
	{ "trusted, where the site only trains",
	    FLOW("refs/main", MAIN_DEV ", names: main"),
	    FLOW("refs/main", PROMOTED "staging"), NULL, SL_EREFUSED, NULL,
	    NULL },
	{ "trusted, where the site promotes tags there",
	    FLOW("refs/main", "environment: staging, action: promote, from: "
			      "dev"),
	    FLOW("refs/main", PROMOTED "staging"), NULL, SL_EREFUSED, NULL,
	    NULL },
	{ "trusted may do without", FLOW("refs/main", PROMOTED "staging"),
	    FLOW("refs/main", MAIN_DEV ", names: main"), NULL, SL_OK, NULL,
	    "trusted" },
	{ "pushed", FLOW("refs/other", PROMOTED "staging"), NULL,
	    FLOW("refs/main", PROMOTED "staging"), SL_EREFUSED, NULL, NULL },
	/* What is promoted from is as good as guarded itself. */
	{ "pushed, into the models that an approval promotes",
	    FLOW("refs/other", PROMOTED "staging"), NULL,
	    FLOW("refs/main", DEV_MAIN), SL_EREFUSED, NULL, NULL },
	{ "pushed, into the models that tags promote", FROM_DEV, NULL,
	    FLOW("refs/main", DEV_MAIN), SL_EREFUSED, NULL, NULL },
	{ "pushed, beside them", FROM_DEV, NULL, FLOW("refs/main", MAIN_DEV),
	    SL_OK, NULL, "pushed" },
	{ "pushed, where nothing promotes from there",
	    FLOW("refs/v", "environment: prod, action: promote, from: "
			   "staging"), NULL,
	    FLOW("refs/main", DEV_MAIN), SL_OK, NULL, "pushed" },
	{ "pushed, to take the ref away", FROM_DEV FLOW("refs/main", DEV_MAIN),
	    NULL, FLOW("refs/main", MAIN_DEV), SL_OK, NULL, "site" },
	{ "trusted, into them, for a ref that the site does not send there",
	    FROM_DEV FLOW("refs/other", DEV_MAIN), FLOW("refs/main", DEV_MAIN),
	    NULL, SL_EREFUSED, NULL, NULL },
	{ "trusted, into them, with a looser approval",
	    FROM_DEV FLOW("refs/main", DEV_MAIN),
	    FLOW("refs/main", DEV_MAIN ", approval: approved"), NULL,
	    SL_EREFUSED, NULL, NULL },
	{ "trusted, into them, as the site has it",
	    FROM_DEV FLOW("refs/main", DEV_MAIN),
	    FLOW("refs/m*", DEV_MAIN), NULL, SL_OK, NULL, "trusted" },
};

START_TEST(what_follows_is_guarded)
{
	SL_CLEANUP(sl_freep) char *text = sl_asprintf(THREE_ENVS "flows:\n%s",
	    followed[_i].site);
	struct sl_project *trusted = project_with("trusted",
	    followed[_i].trusted);
	struct sl_project *pushed = project_with("pushed", followed[_i].pushed);
	struct sl_error err = SL_ERROR_INIT;
	const struct sl_flow *flow = NULL;
	struct sl_site *site = NULL;

	ck_assert_ok(sl_site_parse("site", ".", sl_str(text), &site, &err),
	    &err);
	ck_assert_msg(sl_flows_choose(site, sl_project_flows(trusted),
			  sl_project_flows(pushed), SL_STR("refs/main"),
			  match_simple, NULL, &flow, &err) == followed[_i].rc,
	    "%s: %s", followed[_i].what, err.text);
	if (flow != NULL) {
		ck_assert_str_eq(flow->file, followed[_i].file);
		ck_assert_pstr_eq(sl_flow_promote_to(flow, site),
		    followed[_i].promote_to);
	}
	sl_project_free(trusted);
	sl_project_free(pushed);
	sl_site_free(site);
}
END_TEST

START_TEST(the_right_flow_decides)
{
	struct sl_project *trusted = project_with("trusted",
	    choices[_i].trusted);
	struct sl_project *pushed = project_with("pushed", choices[_i].pushed);
	struct sl_error err = SL_ERROR_INIT;
	const struct sl_flow *flow = NULL;
	struct sl_site *site = NULL;

	ck_assert_ok(sl_site_parse("site", ".", SL_STR(THREE_ENVS SITE_FLOWS),
			 &site, &err),
	    &err);
	ck_assert_msg(sl_flows_choose(site, sl_project_flows(trusted),
			  sl_project_flows(pushed), sl_str(choices[_i].ref),
			  match_simple, NULL, &flow, &err) == choices[_i].rc,
	    "%s: %s", choices[_i].what, err.text);
	if (choices[_i].rc != SL_OK) {
		ck_assert_ptr_null(flow);
	} else {
		ck_assert_str_eq(flow->file, choices[_i].file);
		ck_assert_pstr_eq(flow->environment, choices[_i].environment);
	}
	sl_project_free(trusted);
	sl_project_free(pushed);
	sl_site_free(site);
}
END_TEST

static const struct {
	const char *flows;
	const char *message; /* "": accepted */
} held[] = {
	{ FLOW("refs/x*", MAIN_DEV), "" },
	{ FLOW("refs/x*", MAIN_STAGING), "" },
	{ FLOW("refs/x*", "environment: qa, action: train"),
	    "p:5:3: the flow of refs/x* (train into qa): the site has no such "
	    "environment" },
	{ FLOW("refs/x", "environment: prod, action: train"),
	    "p:5:3: the flow of refs/x (train into prod): no flow of the site "
	    "allows it" },
	{ FLOW("refs/x", MAIN_STAGING ", approval: approved"),
	    "p:5:3: the flow of refs/x (train into staging): no flow of the "
	    "site allows it" },
	{ FLOW("refs/x", "environment: prod, action: promote, from: dev"),
	    "p:5:3: the flow of refs/x (promote into prod): no flow of the "
	    "site allows it" },
	{ FLOW("refs/x", PROMOTED "staging"),
	    "p:5:3: the flow of refs/x (train into dev): no flow of the site "
	    "allows it" },
	{ FLOW("refs/x", PROMOTED "qa"),
	    "p:5:3: the flow of refs/x (train into dev): the site has no such "
	    "environment as its \"promote-to\"" },
	{ FLOW("refs/x", "environment: prod, action: promote, from: qa"),
	    "p:5:3: the flow of refs/x (promote into prod): the site has no "
	    "such environment as its \"from\"" },
};

START_TEST(project_flows_are_held_to_the_site)
{
	struct sl_project *project = project_with("p", held[_i].flows);
	struct sl_error err = SL_ERROR_INIT;
	struct sl_site *site = NULL;
	char shown[SL_ERROR_TEXT_MAX];
	bool good = held[_i].message[0] == '\0';

	ck_assert_ok(sl_site_parse("site", ".", SL_STR(THREE_ENVS SITE_FLOWS),
			 &site, &err),
	    &err);
	ck_assert_err(sl_flows_check(&project->flows, site, &err),
	    good ? SL_OK : SL_ECONFIG, &err);
	sl_error_format(&err, shown, sizeof(shown));
	ck_assert_str_eq(shown, held[_i].message);
	sl_project_free(project);
	sl_site_free(site);
}
END_TEST

START_TEST(paths_are_kept_with_their_places)
{
	struct sl_project *project = project_with("p",
	    FLOW("refs/x", MAIN_DEV ", paths: ['code/.+', 'a b\\.json']"));
	const struct sl_flow *flow = &project->flows.items[0];

	ck_assert_uint_eq(flow->path_count, 2);
	ck_assert_str_eq(flow->paths[0].pattern, "code/.+");
	ck_assert_str_eq(flow->paths[1].pattern, "a b\\.json");
	ck_assert_uint_eq(flow->paths[1].line, 5);
	ck_assert_uint_eq(flow->paths[1].col, 71);
	sl_project_free(project);
}
END_TEST

START_TEST(presets_are_as_promised)
{
	struct sl_error err = SL_ERROR_INIT;
	struct sl_site *site = NULL;
	struct sl_flows flows = { 0 };

	ck_assert_ok(sl_site_parse("site", "/d", SL_STR(THREE_ENVS), &site,
			 &err),
	    &err);
	ck_assert_str_eq(site->flows.preset, "default");
	ck_assert_uint_eq(site->flows.count, 4);
	ck_assert_str_eq(site->flows.items[2].environment, "staging");
	ck_assert_str_eq(site->flows.items[3].from, "staging");
	ck_assert_int_eq(site->flows.items[3].action, SL_FLOW_PROMOTE);
	ck_assert(!sl_policy_source_is_set(&site->policy));
	ck_assert_str_eq(site->pusher_variables.items[0], "GL_USERNAME");
	ck_assert_int_eq(site->policy_grace_s, 0);
	ck_assert_int_eq(site->budgets_ms[SL_HOST_OTHER], 0);
	ck_assert_int_eq(site->budgets_ms[SL_HOST_GITLAB], 50000);
	ck_assert_int_eq(site->budgets_ms[SL_HOST_GITHUB], 4000);
	ck_assert_int_eq(site->worker, SL_WORKER_HOOK);
	ck_assert_ptr_null(site->aws_config_file);
	ck_assert_int_eq(sl_flows_preset("roadmap", &flows), SL_OK);
	ck_assert_str_eq(flows.items[2].environment, "dev");
	ck_assert_str_eq(flows.items[3].from, "dev");
	ck_assert(flows.items[0].supersede && !flows.items[1].supersede);
	ck_assert_pstr_eq(sl_flow_promote_to(&flows.items[2], site), "staging");
	for (size_t i = 0; i < flows.count; i++)
		if (i != 2)
			ck_assert_ptr_null(sl_flow_promote_to(&flows.items[i],
			    site));
	sl_site_free(site);
	ck_assert_ok(sl_site_parse("site", "/d", SL_STR(HEAD ENV NONE), &site,
			 &err),
	    &err);
	ck_assert_ptr_null(sl_flow_promote_to(&flows.items[2], site));
	sl_flows_release(&flows);
	ck_assert_int_eq(sl_flows_preset("x", &flows), SL_ENOTFOUND);
	ck_assert_str_eq(sl_flow_action_name(SL_FLOW_TRAIN), "train");
	ck_assert_str_eq(sl_flow_trigger_name(SL_FLOW_CI), "ci");
	ck_assert_str_eq(sl_flow_approval_status(SL_FLOW_PENDING),
	    "PendingManualApproval");
	sl_site_free(site);
}
END_TEST

TCase *
tcase_flows(void)
{
	TCase *tc = tcase_create("flows");

	tcase_add_loop_test(tc, the_right_flow_decides, 0, SL_COUNT(choices));
	tcase_add_loop_test(tc, what_follows_is_guarded, 0,
	    SL_COUNT(followed));
	tcase_add_loop_test(tc, project_flows_are_held_to_the_site, 0,
	    SL_COUNT(held));
	tcase_add_test(tc, paths_are_kept_with_their_places);
	tcase_add_test(tc, presets_are_as_promised);
	return tc;
}
