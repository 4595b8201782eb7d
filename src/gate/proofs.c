/* SPDX-License-Identifier: Apache-2.0 */
#include "gate/proofs.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fsx.h"
#include "base/mem.h"

#define PROOFS_FILE "site-policy.proofs"
#define PROOF_LINE (SL_SHA256_HEX + 1)
/** Nobody else has anything to do with it. */
#define PROOFS_MODE 0600

/* --- this program --- */

/* An upgrade, or another build, is another file at another time. */
static void
name_program(char out[SL_PROGRAM_SIZE])
{
	struct stat st;

	out[0] = '\0';
	if (stat("/proc/self/exe", &st) < 0)
		return;
	snprintf(out, SL_PROGRAM_SIZE,
	    PACKAGE_VERSION " %ju %ju %jd %jd.%09ld %jd.%09ld",
	    (uintmax_t)st.st_dev, (uintmax_t)st.st_ino, (intmax_t)st.st_size,
	    (intmax_t)st.st_mtim.tv_sec, st.st_mtim.tv_nsec,
	    (intmax_t)st.st_ctim.tv_sec, st.st_ctim.tv_nsec);
}

/* --- the file --- */

static bool
is_ours(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    st.st_uid == geteuid() && st.st_nlink == 1 &&
	    (st.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

static void
take_lines(struct sl_proofs *proofs, struct sl_str rest)
{
	while (rest.len >= PROOF_LINE && proofs->count < SL_PROOFS_MAX &&
	    rest.ptr[SL_SHA256_HEX] == '\n') {
		char *text = proofs->text[proofs->count];

		memcpy(text, rest.ptr, SL_SHA256_HEX);
		text[SL_SHA256_HEX] = '\0';
		proofs->list[proofs->count++] = text;
		rest = sl_strn(rest.ptr + PROOF_LINE, rest.len - PROOF_LINE);
	}
}

static void
read_file(struct sl_proofs *proofs, const char *state)
{
	SL_CLEANUP(sl_freep) char *path = sl_fsx_join(state, PROOFS_FILE);
	SL_CLEANUP(sl_buf_release)
	struct sl_buf text = SL_BUF_INIT(SL_PROOFS_MAX * PROOF_LINE);
	/* Not to wait for a pipe. */
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return;
	if (is_ours(fd) && sl_fsx_read_fd(fd, path, &text, NULL) == SL_OK)
		take_lines(proofs, sl_buf_str(&text));
	close(fd);
}

void
sl_proofs_offer(struct sl_proofs *proofs, const char *state,
    struct sl_policy_inputs *inputs)
{
	if (state == NULL)
		return;
	if (!proofs->is_read) {
		proofs->is_read = true;
		name_program(proofs->program);
		read_file(proofs, state);
	}
	if (proofs->program[0] == '\0')
		return;
	inputs->program = proofs->program;
	inputs->proofs = proofs->list;
	inputs->proof_count = proofs->count;
}

static bool
is_known(const struct sl_proofs *proofs, const char *proof)
{
	for (size_t i = 0; i < proofs->count; i++)
		if (!strcmp(proofs->list[i], proof))
			return true;
	return false;
}

void
sl_proofs_note(struct sl_proofs *proofs, const char *state,
    const struct sl_policy *policy)
{
	SL_CLEANUP(sl_buf_release)
	struct sl_buf text = SL_BUF_INIT(SL_PROOFS_MAX * PROOF_LINE);
	SL_CLEANUP(sl_freep) char *path = NULL;
	const char *proof = sl_policy_proof(policy);
	struct sl_error why = SL_ERROR_INIT;

	if (state == NULL || proof[0] == '\0' || is_known(proofs, proof))
		return;
	sl_buf_addf(&text, "%s\n", proof);
	for (size_t i = 0; i < proofs->count && i + 1 < SL_PROOFS_MAX; i++)
		sl_buf_addf(&text, "%s\n", proofs->list[i]);
	proofs->count = 0;
	take_lines(proofs, sl_buf_str(&text));
	/* Without it the next push runs them too, as this one did. */
	path = sl_fsx_join(state, PROOFS_FILE);
	if (access(state, W_OK) == 0)
		(void)!sl_fsx_replace(path, sl_buf_str(&text), PROOFS_MODE,
		    &why);
}
