/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SSH by ssh-keygen -Y. It ends with 255 whatever is wrong, so that its words
 * tell a signature that does not count from a failure of its own; words that
 * are not known here are a failure.
 */
#include <stdio.h>

#include "base/mem.h"
#include "verify/verify_int.h"

#define REFUSED 255

/* Words of ssh-keygen, and what they mean. */
static const struct {
	const char *words;
	const char *fault;
} faults[] = {
	{ "Signature verification failed: incorrect signature",
	    "does not fit what it signs" },
	{ "Couldn't verify signature: namespace does not match",
	    "is not made for Git, but for another use of the key" },
	{ "Couldn't verify signature: unsupported hash algorithm",
	    "is made with a digest that is not supported" },
	{ "Couldn't parse signature: ", "is damaged" },
	{ "Couldn't decode signature: ", "is damaged" },
	{ "Couldn't verify signature: invalid format", "is damaged" },
	{ "sshsig_armor: ", "is damaged" },
	{ ": key is not permitted for use in signature namespace \"git\"",
	    "is by a key that the site does not list for Git" },
	{ ": key has expired: ", "is by a key that has expired" },
	{ ": key is not yet valid: ", "is by a key that is not valid yet" },
	{ ": certificate not authorized", "is by a certificate that the site "
					  "does not list for its signer" },
};

/* One signature at work. */
struct work {
	const struct sl_verify_options *options;
	struct sl_str signature;
	struct sl_str payload;
	struct sl_verify_answer *out;
	char program[256];
	struct sl_buf text; /* what ssh-keygen said last */
	int code;           /* its exit code */
};

static int
run(struct work *w, const char *const *argv, bool revoked,
    struct sl_error *err)
{
	const struct sl_verify_run child = {
		.program = w->program,
		.argv = argv,
		.signature = w->signature,
		.payload = w->payload,
		.keys = w->options->ssh,
		.revoked = revoked ? w->options->ssh_revoked : NULL,
		.complaints = true,
	};
	int rc;

	sl_buf_clear(&w->text);
	rc = sl_verify_run(w->options, &child, &w->text, &w->code, err);
	if (rc == SL_OK && w->code != 0 && w->code != REFUSED)
		rc = sl_error_set(err, SL_EIO,
		    "%s ended with exit code %d", w->program, w->code);
	return rc;
}

static int
run_verify(struct work *w, const char *signer, bool revoked,
    struct sl_error *err)
{
	const char *argv[] = { "ssh-keygen", "-Y", "verify", "-n", "git", "-f",
		SL_VERIFY_KEYS, "-I", signer, "-s", SL_VERIFY_SIGNATURE, "-r",
		SL_VERIFY_REVOKED, NULL };

	revoked = revoked && w->options->ssh_revoked != NULL;
	if (!revoked)
		argv[11] = NULL;
	return run(w, argv, revoked, err);
}

/* The reason that ssh-keygen gave, if it is one of the signature. */
static const char *
fault_of(const struct work *w)
{
	const char *text = sl_buf_cstr(&w->text);

	for (size_t i = 0; i < SL_COUNT(faults); i++)
		if (strstr(text, faults[i].words))
			return faults[i].fault;
	return NULL;
}

/* "... with ED25519 key SHA256:..." */
static void
take_key(struct work *w)
{
	const char *text = sl_buf_cstr(&w->text);
	const char *with = strstr(text, "\" signature ");
	const char *key = with ? strstr(with, " key ") : NULL;

	if (!key)
		return;
	sl_buf_clear(&w->out->key);
	sl_buf_add(&w->out->key, key + 5, strcspn(key + 5, "\r\n"));
}

static int
good(struct work *w, const char *signer)
{
	take_key(w);
	sl_buf_adds(&w->out->signer, signer);
	w->out->good = true;
	return SL_OK;
}

static int
bad(struct work *w, const char *reason)
{
	sl_buf_adds(&w->out->reason, reason);
	if (w->out->key.len)
		sl_buf_addf(&w->out->reason, " (%s)",
		    sl_buf_cstr(&w->out->key));
	return SL_OK;
}

static int
strange(const struct work *w, struct sl_error *err)
{
	return sl_error_set(err, SL_EIO, "%s could not verify it: %.*s",
	    w->program, (int)(w->text.len < 300 ? w->text.len : 300),
	    w->text.len ? sl_buf_cstr(&w->text) : "no reason given");
}

/* No line of the list fits the key. Is the signature sound at all? */
static int
answer_unknown(struct work *w, struct sl_error *err)
{
	static const char *const argv[] = { "ssh-keygen", "-Y",
		"check-novalidate", "-n", "git", "-s", SL_VERIFY_SIGNATURE,
		NULL };
	/* A line that ssh-keygen cannot read may be the one. */
	bool damaged = strstr(sl_buf_cstr(&w->text), SL_VERIFY_KEYS ":");
	SL_CLEANUP(sl_freep) char *said = sl_strdup(sl_buf_cstr(&w->text));
	int rc = run(w, argv, false, err);

	if (rc < 0)
		return rc;
	if (w->code != 0)
		return fault_of(w) ? bad(w, fault_of(w)) : strange(w, err);
	if (damaged)
		return sl_error_set(err, SL_ECONFIG,
		    "the list of signers %s has a line that ssh-keygen does "
		    "not take: %.300s", w->options->ssh, said);
	take_key(w);
	return bad(w, "is by a key that the site does not list");
}

/* The first of the names, one a line or with commas, that is no pattern. */
static char *
first_name(struct sl_str names)
{
	struct sl_str line;

	while (sl_str_take_line(&names, &line))
		while (line.len) {
			const char *comma = memchr(line.ptr, ',', line.len);
			struct sl_str name = sl_strn(line.ptr,
			    comma ? (size_t)(comma - line.ptr) : line.len);

			line.ptr += name.len + (comma != NULL);
			line.len -= name.len + (comma != NULL);
			if (name.len && name.ptr[0] != '!' &&
			    !memchr(name.ptr, '*', name.len) &&
			    !memchr(name.ptr, '?', name.len))
				return sl_strndup(name.ptr, name.len);
		}
	return NULL;
}

/* The key is listed, if not for the address: for whom, and why not good? */
static int
answer_listed(struct work *w, struct sl_error *err)
{
	SL_CLEANUP(sl_freep) char *name = first_name(sl_buf_str(&w->text));
	const char *fault;
	int rc;

	if (!name) {
		sl_buf_truncate(&w->text,
		    strcspn(sl_buf_cstr(&w->text), "\r\n"));
		sl_buf_adds(&w->out->reason,
		    "is by a key that the site lists for others, ");
		return bad(w, sl_buf_cstr(&w->text));
	}
	rc = run_verify(w, name, true, err);
	if (rc < 0)
		return rc;
	if (w->code == 0)
		return good(w, name);
	fault = fault_of(w);
	if (fault)
		return bad(w, fault);
	if (!w->options->ssh_revoked)
		return strange(w, err);
	/* Of a revoked key it says nothing at all. */
	rc = run_verify(w, name, false, err);
	if (rc < 0)
		return rc;
	if (w->code != 0)
		return strange(w, err);
	take_key(w);
	return bad(w, "is by a key that the site's list of revoked keys takes "
		      "out");
}

static int
verify(struct work *w, struct sl_str email, struct sl_error *err)
{
	static const char *const argv[] = { "ssh-keygen", "-Y",
		"find-principals", "-f", SL_VERIFY_KEYS, "-s",
		SL_VERIFY_SIGNATURE, NULL };
	SL_CLEANUP(sl_freep) char *name = NULL;
	int rc;

	/* Most sign as who they are: one program is enough. */
	if (email.len && !memchr(email.ptr, '\0', email.len)) {
		name = sl_strndup(email.ptr, email.len);
		rc = run_verify(w, name, true, err);
		if (rc < 0)
			return rc;
		if (w->code == 0)
			return good(w, name);
		if (fault_of(w))
			return bad(w, fault_of(w));
	}
	rc = run(w, argv, false, err);
	if (rc < 0)
		return rc;
	if (w->code == 0)
		return answer_listed(w, err);
	return fault_of(w) ? bad(w, fault_of(w)) : answer_unknown(w, err);
}

int
sl_verify_ssh(const struct sl_verify_options *options,
    struct sl_str signature, struct sl_str payload, struct sl_str email,
    struct sl_verify_answer *out, struct sl_error *err)
{
	struct work w = { .options = options, .signature = signature,
		.payload = payload, .out = out, .text = SL_BUF_INIT(65536) };
	int rc;

	if (!options->ssh)
		return sl_error_set(err, SL_ECONFIG,
		    "the site names no keys for SSH signatures (signers, ssh)");
	rc = sl_verify_program(options->ssh_keygen, "ssh-keygen",
	    "openssh-client", w.program, err);
	if (rc == SL_OK)
		rc = verify(&w, email, err);
	sl_buf_release(&w.text);
	return rc;
}
