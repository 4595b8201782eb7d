/* SPDX-License-Identifier: Apache-2.0 */
#include "git/git_int.h"

#define ID_KEY "sluice.repository-id"
#define ID_MIN 8
#define ID_MAX 64

int
sl_git_config_get(struct sl_git *repo, const char *key, struct sl_buf *out,
    struct sl_error *err)
{
	const char *value;
	int rc;

	if (repo->config == NULL &&
	    git_repository_config_snapshot(&repo->config, repo->repo) < 0)
		return sl_git_fail(err, SL_ECORRUPT, "git configuration of %s",
		    repo->dir);
	rc = git_config_get_string(&value, repo->config, key);
	if (rc < 0)
		return sl_git_fail(err, sl_git_code(rc, SL_ECORRUPT),
		    "git configuration key %s", key);
	sl_buf_clear(out);
	if (sl_buf_adds(out, value) < 0)
		return sl_error_set(err, SL_ETOOBIG,
		    "git configuration key %s is longer than %zu bytes", key,
		    out->max);
	return SL_OK;
}

/* Set a key in the repository's own file, or remove it with value NULL. */
static int
config_change(struct sl_git *repo, const char *key, const char *value,
    struct sl_error *err)
{
	git_config *all = NULL, *own = NULL;
	int rc;

	git_config_free(repo->config);
	repo->config = NULL;
	rc = git_repository_config(&all, repo->repo);
	if (rc == 0)
		rc = git_config_open_level(&own, all, GIT_CONFIG_LEVEL_LOCAL);
	if (rc == 0)
		rc = value != NULL ? git_config_set_string(own, key, value) :
				     git_config_delete_entry(own, key);
	if (rc == GIT_ENOTFOUND && value == NULL)
		rc = 0;
	if (rc < 0)
		sl_git_fail(err, SL_EIO, "git configuration key %s", key);
	git_config_free(own);
	git_config_free(all);
	return rc < 0 ? SL_EIO : SL_OK;
}

int
sl_git_config_set(struct sl_git *repo, const char *key, const char *value,
    struct sl_error *err)
{
	return config_change(repo, key, value, err);
}

int
sl_git_config_unset(struct sl_git *repo, const char *key,
    struct sl_error *err)
{
	return config_change(repo, key, NULL, err);
}

static bool
is_repository_id(struct sl_str s)
{
	if (s.len < ID_MIN || s.len > ID_MAX)
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (!(s.ptr[i] >= 'a' && s.ptr[i] <= 'z') &&
		    !(s.ptr[i] >= '0' && s.ptr[i] <= '9') && s.ptr[i] != '-')
			return false;
	return true;
}

int
sl_git_repository_id(struct sl_git *repo, struct sl_buf *out,
    struct sl_error *err)
{
	struct sl_error inner = SL_ERROR_INIT;
	int rc = sl_git_config_get(repo, ID_KEY, out, &inner);

	if (rc == SL_ENOTFOUND) {
		sl_buf_clear(out);
		if (sl_buf_adds(out, repo->common_dir) < 0)
			return sl_error_set(err, SL_ETOOBIG,
			    "the path of the repository is longer than %zu "
			    "bytes", out->max);
		return SL_OK;
	}
	if (rc < 0)
		return sl_error_set(err, rc, "%s", inner.text);
	if (!is_repository_id(sl_buf_str(out)))
		return sl_error_set(err, SL_EINVAL,
		    "git configuration key " ID_KEY " must be %d to %d "
		    "characters of a-z, 0-9 and '-'; `sluice install` writes "
		    "one", ID_MIN, ID_MAX);
	return SL_OK;
}
