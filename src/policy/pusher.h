/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pusher: what is known about who pushes.
 */
#ifndef SL_POLICY_PUSHER_H
#define SL_POLICY_PUSHER_H

#include "base/buf.h"

enum sl_pusher_state {
	SL_PUSHER_ELSEWHERE, /* not on the server: rules about people are
				deferred */
	SL_PUSHER_KNOWN,     /* person and groups below */
	SL_PUSHER_NOBODY,    /* on the server, but nobody the site knows: a
				member of no group */
};

struct sl_pusher {
	enum sl_pusher_state state;
	struct sl_str person;        /* the site's name; empty if not known */
	const struct sl_str *groups; /* borrowed */
	size_t group_count;

	/**
	 * The site's name of the person who has an e-mail address; empty: of
	 * nobody. NULL: who the site's people are is not known here.
	 */
	struct sl_str (*person_of)(const void *site, struct sl_str email);
	const void *site;
};

#endif
