/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OpenPGP by gpgv. It takes every key of the keyring for trusted and ends
 * with 0 for those that are revoked or have expired, so its status lines
 * decide.
 *
 * @source GnuPG, doc/DETAILS, "Format of the --status-fd output"
 */
#include <stdio.h>
#include <unistd.h>

#include "base/fsx.h"
#include "verify/verify_int.h"

/* What the status lines of one run say. */
struct status {
	unsigned signatures;
	unsigned good;
	unsigned valid;
	const char *fault;   /* a reason; NULL: none */
	bool failed;         /* gpgv itself */
	struct sl_str user;  /* the first user id of the key */
	struct sl_str key;   /* fingerprint or number of the key */
};

/* A line that says why a signature does not count. */
static const struct {
	const char *word;
	const char *fault;
} faults[] = {
	{ "BADSIG", "does not fit what it signs" },
	{ "EXPSIG", "has expired" },
	{ "EXPKEYSIG", "is by a key that has expired" },
	{ "REVKEYSIG", "is by a key that was revoked" },
	{ "NODATA", "is damaged" },
};

/* ERRSIG <key> <key's algorithm> <digest> <class> <time> <reason> ... */
static void
take_error(struct sl_str rest, struct status *s)
{
	struct sl_str word[6];

	for (size_t i = 0; i < SL_COUNT(word); i++)
		word[i] = sl_verify_word(&rest);
	s->key = word[0];
	if (sl_str_eqs(word[5], "9"))
		s->fault = "is by a key that the site does not list";
	else if (sl_str_eqs(word[5], "5") &&
	    (sl_str_eqs(word[2], "1") || sl_str_eqs(word[2], "2")))
		s->fault = "is made with MD5 or SHA-1, which is too weak";
	else
		s->failed = true;
}

static void
take_status(struct sl_str line, struct status *s)
{
	struct sl_str word;

	if (!sl_str_starts(line, "[GNUPG:] "))
		return;
	(void)sl_verify_word(&line);
	word = sl_verify_word(&line);
	if (sl_str_eqs(word, "NEWSIG"))
		s->signatures++;
	if (sl_str_eqs(word, "ERROR") || sl_str_eqs(word, "FAILURE"))
		s->failed = true;
	if (sl_str_eqs(word, "ERRSIG"))
		take_error(line, s);
	for (size_t i = 0; i < SL_COUNT(faults); i++)
		if (sl_str_eqs(word, faults[i].word)) {
			s->fault = faults[i].fault;
			s->key = sl_verify_word(&line);
		}
	if (sl_str_eqs(word, "GOODSIG")) {
		s->good++;
		(void)sl_verify_word(&line);
		s->user = line;
	} else if (sl_str_eqs(word, "VALIDSIG")) {
		s->valid++;
		s->key = sl_verify_word(&line);
	}
}

/* "Ana <ana@example.org>", or only the address. */
static struct sl_str
address(struct sl_str user)
{
	const char *open = user.len ? memrchr(user.ptr, '<', user.len) : NULL;

	if (!open || user.ptr[user.len - 1] != '>')
		return user;
	return sl_strn(open + 1, (size_t)(user.ptr + user.len - open) - 2);
}

/* gpgv finds nothing in a keyring that is text, and does not say so. */
static int
check_keyring(const char *path, struct sl_error *err)
{
	int fd = sl_verify_open_keys(path, err);
	char start[5];
	ssize_t n;

	if (fd < 0)
		return fd;
	n = read(fd, start, sizeof(start));
	close(fd);
	if (n == (ssize_t)sizeof(start) && memcmp(start, "-----", 5) != 0)
		return SL_OK;
	return sl_error_set(err, SL_ECONFIG,
	    "%s is no keyring; make it by gpg --export ADDRESS... >FILE, "
	    "without --armor", path);
}

static void
answer(const struct status *s, struct sl_verify_answer *out)
{
	sl_buf_addv(&out->key, s->key);
	out->good = !s->fault && s->signatures == 1 && s->good == 1 &&
	    s->valid == 1;
	if (out->good) {
		sl_buf_addv(&out->signer, address(s->user));
		return;
	}
	sl_buf_adds(&out->reason,
	    s->signatures > 1 ? "is more than one" : s->fault);
	if (s->signatures < 2 && s->key.len > 1)
		sl_buf_addf(&out->reason, " (OpenPGP %.*s)",
		    SL_STR_ARG(s->key));
}

int
sl_verify_gpg(const struct sl_verify_options *options,
    struct sl_str signature, struct sl_str payload,
    struct sl_verify_answer *out, struct sl_error *err)
{
	static const char *const argv[] = { "gpgv", "--quiet", "--homedir",
		"/nonexistent", "--weak-digest", "SHA1", "--status-fd", "1",
		"--keyring", SL_VERIFY_KEYS, SL_VERIFY_SIGNATURE, "-", NULL };
	SL_CLEANUP(sl_buf_release) struct sl_buf text = SL_BUF_INIT(65536);
	struct status s = { 0 };
	struct sl_str rest, line;
	char program[256];
	int code = 0;
	int rc;

	if (!options->gpg)
		return sl_error_set(err, SL_ECONFIG,
		    "the site names no keyring for OpenPGP signatures "
		    "(signers, gpg)");
	rc = sl_verify_program(options->gpgv, "gpgv", "gpgv", program, err);
	if (rc == SL_OK)
		rc = check_keyring(options->gpg, err);
	if (rc == SL_OK)
		rc = sl_verify_run(options,
		    &(struct sl_verify_run){ .program = program, .argv = argv,
			.signature = signature, .payload = payload,
			.keys = options->gpg }, &text, &code, err);
	if (rc < 0)
		return rc;
	rest = sl_buf_str(&text);
	while (sl_str_take_line(&rest, &line))
		take_status(line, &s);
	if (s.failed || code < 0 || code > 2 ||
	    (!s.fault && (code != 0 || s.good != s.signatures ||
			     s.valid != s.signatures || !s.good)))
		return sl_error_set(err, SL_EIO,
		    "%s could not verify it (exit code %d): %.*s", program,
		    code, (int)(text.len < 300 ? text.len : 300),
		    sl_buf_cstr(&text));
	answer(&s, out);
	return SL_OK;
}
