/* SPDX-License-Identifier: Apache-2.0 */
/*
 * worker: starting a worker from a hook, where nothing else does.
 *
 * Only plain bare repositories get one: a forge runs its worker as a service
 * under its own user, with the AWS credentials that a hook must not have.
 */
#ifndef SL_HOOKS_WORKER_H
#define SL_HOOKS_WORKER_H

#include "hooks/hook.h"

/**
 * Whether the hook should start a worker: a bare repository, no forge's
 * variables in the environment, `worker: service` not said by the site, and
 * no worker holding the lock.
 */
bool hook_worker_wanted(const struct hook *hook,
    const struct hook_place *place);

/**
 * Start `sluice worker` in a session of its own, twice forked, every
 * descriptor closed, with a clean environment. A failure is nobody's loss:
 * the job is on disk.
 */
void hook_worker_start(const struct hook_place *place);

#endif
