/* SPDX-License-Identifier: Apache-2.0 */
#include "aws/profile_int.h"

#include <strings.h>

#include "base/fsx.h"

static const char *const key_names[SL_AWS_KEY_COUNT] = {
	[SL_AWS_KEY_ACCESS_KEY_ID] = "aws_access_key_id",
	[SL_AWS_KEY_SECRET_ACCESS_KEY] = "aws_secret_access_key",
	[SL_AWS_KEY_SESSION_TOKEN] = "aws_session_token",
	[SL_AWS_KEY_REGION] = "region",
	[SL_AWS_KEY_ROLE_ARN] = "role_arn",
	[SL_AWS_KEY_SOURCE_PROFILE] = "source_profile",
	[SL_AWS_KEY_CREDENTIAL_SOURCE] = "credential_source",
	[SL_AWS_KEY_EXTERNAL_ID] = "external_id",
	[SL_AWS_KEY_ROLE_SESSION_NAME] = "role_session_name",
	[SL_AWS_KEY_MFA_SERIAL] = "mfa_serial",
	[SL_AWS_KEY_WEB_IDENTITY_TOKEN_FILE] = "web_identity_token_file",
	[SL_AWS_KEY_CREDENTIAL_PROCESS] = "credential_process",
	[SL_AWS_KEY_SSO_SESSION] = "sso_session",
	[SL_AWS_KEY_SSO_START_URL] = "sso_start_url",
	[SL_AWS_KEY_LOGIN_SESSION] = "login_session",
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Whether "[...]" names the profile; the name may stand in quotes. */
static bool
is_section(struct sl_str line, const char *name, bool prefixed)
{
	struct sl_str inner = sl_str_trim(sl_strn(line.ptr + 1, line.len - 1));

	if (!sl_str_ends(inner, "]"))
		return false;
	inner.len--;
	inner = sl_str_trim(inner);
	if (prefixed && sl_str_starts(inner, "profile") && inner.len > 7 &&
	    is_blank(inner.ptr[7]))
		inner = sl_str_trim(sl_strn(inner.ptr + 7, inner.len - 7));
	else if (prefixed && !sl_str_eqs(inner, "default"))
		return false;
	if (inner.len >= 2 && (inner.ptr[0] == '"' || inner.ptr[0] == '\'') &&
	    inner.ptr[inner.len - 1] == inner.ptr[0])
		inner = sl_strn(inner.ptr + 1, inner.len - 2);
	return sl_str_eqs(inner, name);
}

static void
take_setting(struct sl_str line, struct sl_aws_profile *out)
{
	const char *equals = memchr(line.ptr, '=', line.len);
	struct sl_str key, value;

	if (equals == NULL)
		return;
	key = sl_str_trim(sl_strn(line.ptr, (size_t)(equals - line.ptr)));
	value = sl_str_trim(sl_strn(equals + 1,
	    line.len - (size_t)(equals - line.ptr) - 1));
	for (size_t i = 0; i < SL_AWS_KEY_COUNT; i++)
		if (strlen(key_names[i]) == key.len &&
		    !strncasecmp(key_names[i], key.ptr, key.len))
			sl_secret_set(&out->values[i], value);
}

void
sl_aws_profile_parse(struct sl_str text, const char *name, bool prefixed,
    struct sl_aws_profile *out, bool *found)
{
	struct sl_str raw;
	bool inside = false;

	*found = false;
	if (sl_str_starts(text, "\xef\xbb\xbf"))
		text = sl_strn(text.ptr + 3, text.len - 3);
	while (sl_str_take_line(&text, &raw)) {
		struct sl_str line = sl_str_trim(raw);

		if (line.len == 0 || line.ptr[0] == '#' || line.ptr[0] == ';')
			continue;
		if (line.ptr[0] == '[') {
			inside = is_section(line, name, prefixed);
			*found |= inside;
		} else if (inside && !is_blank(raw.ptr[0])) {
			take_setting(line, out);
		}
	}
}

int
sl_aws_profile_read(const char *path, const char *name, bool prefixed,
    struct sl_aws_profile *out, bool *found, struct sl_error *err)
{
	SL_CLEANUP(sl_buf_wipe)
	struct sl_buf text = SL_BUF_INIT(SL_AWS_PROFILE_FILE_MAX);
	struct sl_error local = SL_ERROR_INIT;
	int rc;

	*found = false;
	if (path == NULL)
		return SL_OK;
	rc = sl_fsx_read(path, &text, &local);
	if (rc == SL_ENOTFOUND)
		return SL_OK;
	if (rc < 0)
		return sl_error_set(err, rc, "AWS profiles: %s", local.text);
	sl_aws_profile_parse(sl_buf_str(&text), name, prefixed, out, found);
	return SL_OK;
}

void
sl_aws_profile_release(struct sl_aws_profile *profile)
{
	for (size_t i = 0; i < SL_AWS_KEY_COUNT; i++)
		sl_secret_release(&profile->values[i]);
}

const char *
sl_aws_profile_get(const struct sl_aws_profile *profile,
    enum sl_aws_profile_key key)
{
	const char *value = profile->values[key].ptr;

	return value ? value : "";
}
