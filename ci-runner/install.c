/* SPDX-License-Identifier: Apache-2.0 */
/* install: hooks into bare repositories and clones. */
#include "ci-runner/runtime.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fsx.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/locate.h"
#include "crypto/random.h"
#include "doc/json.h"
#include "store/ledger.h"

struct install_options {
	struct sl_common_options common;
	const char *policy;
	bool force;
};

static const struct sl_opt install_opts[] = {
	{ "policy", 0, SL_OPT_STRING, offsetof(struct install_options, policy),
	    "FILE", "site policy that a clone's hooks judge by", NULL },
	{ "force", 0, SL_OPT_FLAG, offsetof(struct install_options, force),
	    NULL, "move other hooks of these names aside (NAME.before-sluice)",
	    NULL },
	{ 0 }
};

static const char *const server_hooks[] = { "pre-receive", "post-receive",
	NULL };
static const char *const client_hooks[] = { "pre-commit", "commit-msg",
	"pre-push", NULL };

/* The hook program beside this one. */
static int
find_program(char **out, struct sl_error *err)
{
	SL_CLEANUP(sl_freep) char *dir = sl_locate_program_dir();

	if (dir == NULL)
		return sl_error_set(err, SL_EIO,
		    "cannot find out where sluice is installed");
	*out = sl_fsx_join(dir, "sluice-hook");
	if (access(*out, X_OK) < 0)
		return sl_error_errno(err, errno, "%s cannot be run", *out);
	return SL_OK;
}

/* Whether a hook is a link of ours: to a program named sluice-hook. */
static bool
is_ours(const char *path)
{
	char target[4096];
	ssize_t n = readlink(path, target, sizeof(target) - 1);

	return n > 0 && sl_str_ends(sl_strn(target, (size_t)n), "/sluice-hook");
}

/* Whether hooks of somebody else are in the way; changes nothing. */
static int
check_hooks(struct sl_git *repository, const char *const *names, bool force,
    struct sl_error *err)
{
	SL_CLEANUP(sl_freep)
	char *dir = sl_fsx_join(sl_git_common_dir(repository), "hooks");

	for (const char *const *name = names; *name != NULL; name++) {
		SL_CLEANUP(sl_freep) char *path = sl_fsx_join(dir, *name);
		SL_CLEANUP(sl_freep)
		char *aside = sl_asprintf("%s.before-sluice", path);
		struct stat st;

		if (lstat(path, &st) < 0 || is_ours(path))
			continue;
		if (!force)
			return sl_error_set(err, SL_EREFUSED,
			    "%s exists and is not sluice's; call sluice-hook "
			    "from it, or say --force to move it aside", path);
		if (lstat(aside, &st) == 0)
			return sl_error_set(err, SL_EREFUSED,
			    "%s exists already, so %s cannot be moved there",
			    aside, path);
	}
	return SL_OK;
}

static int
put_hook(const char *path, const char *program, struct sl_error *err)
{
	SL_CLEANUP(sl_freep) char *aside = NULL;
	struct stat st;

	if (is_ours(path)) {
		if (unlink(path) < 0)
			return sl_error_errno(err, errno, "cannot replace %s",
			    path);
	} else if (lstat(path, &st) == 0) {
		aside = sl_asprintf("%s.before-sluice", path);
		if (rename(path, aside) < 0)
			return sl_error_errno(err, errno,
			    "cannot move %s aside", path);
	}
	if (symlink(program, path) < 0)
		return sl_error_errno(err, errno, "cannot write %s", path);
	return SL_OK;
}

static int
put_hooks(struct sl_git *repository, const char *program,
    const char *const *names, struct sl_error *err)
{
	SL_CLEANUP(sl_freep)
	char *dir = sl_fsx_join(sl_git_common_dir(repository), "hooks");
	int rc = sl_fsx_mkdirs(dir, 0777, err);

	for (const char *const *name = names; rc == 0 && *name; name++) {
		SL_CLEANUP(sl_freep) char *path = sl_fsx_join(dir, *name);

		rc = put_hook(path, program, err);
	}
	return rc;
}

/* git runs hooks from elsewhere: ours would never be called. */
static int
check_hooks_path(struct sl_git *repository, struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf value = SL_BUF_INIT(4096);
	int rc = sl_git_config_get(repository, "core.hooksPath", &value, err);

	if (rc == SL_ENOTFOUND)
		return SL_OK;
	if (rc < 0)
		return rc;
	return sl_error_set(err, SL_ECONFIG,
	    "core.hooksPath is %s, so git would not run hooks from %s/hooks; "
	    "unset it, or link sluice-hook there yourself",
	    sl_buf_cstr(&value), sl_git_common_dir(repository));
}

static int
ensure_id(struct sl_git *repository, struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf value = SL_BUF_INIT(128);
	uint8_t random[16];
	int rc = sl_git_config_get(repository, "sluice.repository-id", &value,
	    err);

	if (rc != SL_ENOTFOUND)
		return rc;
	rc = sl_random_bytes(random, sizeof(random), err);
	if (rc < 0)
		return rc;
	sl_hex_encode(&value, random, sizeof(random));
	return sl_git_config_set(repository, "sluice.repository-id",
	    sl_buf_cstr(&value), err);
}

static int
set_all(struct sl_git *repository, const char *const (*pairs)[2],
    struct sl_error *err)
{
	int rc = 0;

	for (; rc == 0 && (*pairs)[0] != NULL; pairs++)
		rc = sl_git_config_set(repository, (*pairs)[0], (*pairs)[1],
		    err);
	return rc;
}

static int
record_install(struct runtime *rt, struct sl_gate *gate,
    struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf json = SL_BUF_INIT(65536);
	struct sl_json w;
	int rc = sl_store_begin(rt->store, err);

	if (rc < 0)
		return rc;
	rc = sl_gate_register(gate, rt->store, err);
	sl_json_init(&w, &json, 0);
	sl_json_object(&w);
	sl_json_put(&w, "path", sl_git_common_dir(rt->repository));
	sl_json_put(&w, "site", rt->site_path);
	sl_json_end(&w);
	if (rc == 0)
		rc = sl_ledger_append(rt->store, SL_LEDGER_INSTALL,
		    gate->repository_id, sl_buf_cstr(&json),
		    sl_clock_now_s(rt->clock), NULL, err);
	if (rc < 0) {
		sl_store_rollback(rt->store);
		return rc;
	}
	return sl_store_commit(rt->store, err);
}

static void
say_installed(const struct runtime *rt, const struct sl_gate *gate,
    const char *site)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf scan = SL_BUF_INIT(4096);
	const struct sl_oid *commit = &gate->standing.commit;
	char hex[SL_OID_HEX + 1];

	printf("%s: pre-receive and post-receive judge by %s (policy %.12s",
	    sl_git_common_dir(rt->repository), site,
	    sl_policy_digest(gate->policy));
	sl_oid_hex(commit, hex);
	if (!sl_oid_is_zero(commit))
		printf(" of commit %.12s", hex);
	printf(")\n");
	(void)runtime_compile_scan(gate->policy, &scan);
	if (scan.len)
		printf("%s: %s\n", sl_git_common_dir(rt->repository),
		    sl_buf_cstr(&scan));
}

/*
 * Everything that can be wrong is found before the first change: a site or
 * policy that does not load would refuse every push from then on.
 */
static int
install_server(struct runtime *rt, const char *program, bool force,
    struct sl_error *err)
{
	SL_CLEANUP(sl_gate_freep) struct sl_gate *gate = NULL;
	SL_CLEANUP(sl_freep) char *site = NULL;
	int rc = check_hooks(rt->repository, server_hooks, force, err);

	if (rc == 0)
		rc = runtime_open_site(rt, err);
	if (rc < 0)
		return rc;
	site = realpath(rt->site_path, NULL);
	if (site == NULL)
		return sl_error_errno(err, errno, "cannot find %s",
		    rt->site_path);
	rc = ensure_id(rt->repository, err);
	if (rc == 0)
		rc = runtime_open_gate(rt, &gate, err);
	if (rc == 0)
		rc = sl_gate_load_policy(gate, err);
	if (rc == 0 && gate->standing.kept) {
		*err = gate->standing.fault;
		return err->code;
	}
	if (rc == 0 && rt->store == NULL)
		rc = runtime_open_store(rt, SL_STORE_CREATE, err);
	if (rc == 0) {
		/* receive-pack's own checks keep damaged trees out; push
		 * options carry sluice.run=no. */
		const char *const pairs[][2] = {
			{ "sluice.site", site },
			{ "receive.fsckObjects", "true" },
			{ "receive.advertisePushOptions", "true" },
			{ NULL, NULL },
		};

		rc = set_all(rt->repository, pairs, err);
	}
	if (rc == 0)
		rc = record_install(rt, gate, err);
	if (rc == 0)
		rc = put_hooks(rt->repository, program, server_hooks, err);
	if (rc == 0)
		say_installed(rt, gate, site);
	return rc;
}

/* What --policy says, with a path that holds wherever Git is called. */
static int
make_absolute(const char *option, struct sl_buf *out, struct sl_error *err)
{
	SL_CLEANUP(sl_policy_source_release)
	struct sl_policy_source source = { 0 };
	char **path;
	char *real;
	int rc = sl_policy_source_parse("--policy", "", sl_str(option),
	    &source, err);

	if (rc < 0)
		return rc;
	path = source.path ? &source.path : &source.repository;
	real = realpath(*path, NULL);
	if (real == NULL)
		return sl_error_errno(err, errno, "cannot find %s", *path);
	free(*path);
	*path = real;
	return sl_policy_source_format(&source, out) < 0 ?
	    sl_error_set(err, SL_ETOOBIG, "--policy is too long") : SL_OK;
}

static int
install_client(struct runtime *rt, const char *program,
    const struct install_options *o, struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf policy = SL_BUF_INIT(16384);
	int rc = check_hooks(rt->repository, client_hooks, o->force, err);

	if (rc == 0 && o->policy != NULL)
		rc = make_absolute(o->policy, &policy, err);
	if (rc == 0 && o->policy != NULL)
		rc = sl_git_config_set(rt->repository, "sluice.policy",
		    sl_buf_cstr(&policy), err);
	if (rc < 0)
		return rc;
	rc = put_hooks(rt->repository, program, client_hooks, err);
	if (rc == 0)
		printf("%s: pre-commit, commit-msg and pre-push check by %s\n",
		    sl_git_common_dir(rt->repository),
		    policy.len ? sl_buf_cstr(&policy) :
				 "the project's own policy");
	return rc;
}

static int
install_one(struct runtime *rt, const char *path, const char *program,
    struct sl_error *err)
{
	const struct install_options *o = rt->inv->options;
	int rc;

	sl_git_free(sl_steal(&rt->repository));
	rc = sl_git_open(path, &rt->repository, err);
	if (rc == 0)
		rc = check_hooks_path(rt->repository, err);
	if (rc < 0)
		return rc;
	if (sl_git_is_bare(rt->repository))
		return install_server(rt, program, o->force, err);
	return install_client(rt, program, o, err);
}

static int
run_install(const struct sl_invocation *inv)
{
	SL_CLEANUP(runtime_release) struct runtime rt = { 0 };
	SL_CLEANUP(sl_freep) char *program = NULL;
	struct sl_error err = SL_ERROR_INIT;
	const char *here = inv->common->repository ? inv->common->repository :
						     ".";

	if (runtime_init(&rt, inv, &err) < 0 ||
	    find_program(&program, &err) < 0)
		return sl_cli_fail(inv, &err);
	for (int i = 0; i < (inv->argc ? inv->argc : 1); i++) {
		const char *path = inv->argc ? inv->argv[i] : here;

		if (install_one(&rt, path, program, &err) < 0) {
			sl_error_wrap(&err, "%s", path);
			return sl_cli_fail(inv, &err);
		}
	}
	return SL_EXIT_PASS;
}

const struct sl_cmd cmd_install = {
	.name = "install",
	.brief = "put the hooks into bare repositories or clones",
	.operands = "[REPOSITORY...]",
	.example = "sluice install --site=/etc/sluice/site.yaml "
		   "/srv/git/churn.git",
	.opts = install_opts,
	.options_size = sizeof(struct install_options),
	.max_operands = -1,
	.run = run_install,
};
