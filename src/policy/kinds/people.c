/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/kinds/people.h"

#include <strings.h>

#include "base/mem.h"

enum word {
	KNOWN_AUTHOR,
	KNOWN_COMMITTER,
	AUTHOR_IS_PUSHER,
	COMMITTER_IS_PUSHER,
	AUTHOR_IS_COMMITTER,
	WORD_COUNT,
};

const char *const sl_identity_words[] = {
	[KNOWN_AUTHOR] = "known-author",
	[KNOWN_COMMITTER] = "known-committer",
	[AUTHOR_IS_PUSHER] = "author-is-pusher",
	[COMMITTER_IS_PUSHER] = "committer-is-pusher",
	[AUTHOR_IS_COMMITTER] = "author-is-committer",
	[WORD_COUNT] = NULL,
};

#define FIX                                                                    \
	"set user.name and user.email with git config to what the site has "   \
	"of you, then git commit --amend --reset-author"

struct sl_str
sl_people_find(const struct sl_judge *j, struct sl_str email)
{
	return j->pusher.person_of && email.len ?
	    j->pusher.person_of(j->pusher.site, email) :
	    sl_strn("", 0);
}

bool
sl_people_same(const struct sl_judge *j, struct sl_str a, struct sl_str b)
{
	struct sl_str person;

	if (a.len && a.len == b.len && strncasecmp(a.ptr, b.ptr, a.len) == 0)
		return true;
	person = sl_people_find(j, a);
	return person.len && sl_str_eq(person, sl_people_find(j, b));
}

void
sl_people_show(const struct sl_person_stamp *who, struct sl_buf *out)
{
	sl_buf_addv(out, who->name);
	sl_buf_adds(out, who->name.len ? " <" : "<");
	sl_buf_addv(out, who->email);
	sl_buf_adds(out, ">");
}

static void
say(struct sl_judge *j, const struct sl_person_stamp *who,
    struct sl_str expected, const char *message)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf found = SL_BUF_INIT(2000);

	sl_people_show(who, &found);
	sl_judge_found(j, &(struct sl_hit){
		.found = found.over ? who->email : sl_buf_str(&found),
		.expected = expected,
		.message = message,
		.fix = FIX,
	    });
}

static void
check_known(struct sl_judge *j, const struct sl_person_stamp *who,
    const char *message)
{
	if (!j->pusher.person_of)
		sl_judge_deferred(j, "only the server knows the site's people");
	else if (!sl_people_find(j, who->email).len)
		say(j, who, sl_strn("", 0), message);
}

static void
check_pusher(struct sl_judge *j, const struct sl_person_stamp *who,
    const char *message)
{
	if (j->pusher.state == SL_PUSHER_ELSEWHERE) {
		sl_judge_deferred(j, "only the server knows who pushes");
		return;
	}
	if (j->pusher.state == SL_PUSHER_KNOWN &&
	    sl_str_eq(sl_people_find(j, who->email), j->pusher.person))
		return;
	say(j, who,
	    j->pusher.state == SL_PUSHER_KNOWN ?
		j->pusher.person :
		SL_STR("a person that the site does not know"),
	    message);
}

static void
check_same(struct sl_judge *j, const struct sl_commit *commit)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf expected = SL_BUF_INIT(2000);

	if (sl_people_same(j, commit->author.email, commit->committer.email))
		return;
	if (!j->pusher.person_of) {
		/* Two addresses may be one person's. */
		sl_judge_deferred(j, "only the server knows the site's people");
		return;
	}
	sl_people_show(&commit->committer, &expected);
	say(j, &commit->author, sl_buf_str(&expected),
	    "commit {commit}: the author {found} is not the committer, "
	    "{expected}");
}

void
sl_identity_check(struct sl_judge *j, unsigned words,
    const struct sl_commit *commit)
{
	if (words & 1U << KNOWN_AUTHOR)
		check_known(j, &commit->author,
		    "commit {commit}: the site does not know the author "
		    "{found}");
	if (words & 1U << KNOWN_COMMITTER)
		check_known(j, &commit->committer,
		    "commit {commit}: the site does not know the committer "
		    "{found}");
	if (words & 1U << AUTHOR_IS_PUSHER)
		check_pusher(j, &commit->author,
		    "commit {commit}: {expected} pushes it, but its author is "
		    "{found}");
	if (words & 1U << COMMITTER_IS_PUSHER)
		check_pusher(j, &commit->committer,
		    "commit {commit}: {expected} pushes it, but its committer "
		    "is {found}");
	if (words & 1U << AUTHOR_IS_COMMITTER)
		check_same(j, commit);
}
