/* SPDX-License-Identifier: Apache-2.0 */
/*
 * site: one installation, as site.yaml describes it: where policy and state
 * are, the environments with their AWS accounts, the people, the flows.
 *
 * The file is read once and checked whole: whoever holds a struct sl_site
 * need not check a value again. Paths are absolute or relative to the working
 * directory of the program, as the path given to sl_site_load was. Which file
 * is read is the program's decision. Immutable after loading.
 */
#ifndef SL_CONFIG_SITE_H
#define SL_CONFIG_SITE_H

#include "base/buf.h"
#include "base/error.h"
#include "config/flows.h"
#include "config/policy_source.h"
#include "config/values.h"

#define SL_SITE_MAX_BYTES ((size_t)1024 * 1024)

/** An AWS account and region that refs flow into. */
struct sl_environment {
	char *name;      /* [a-z0-9]+(-[a-z0-9]+)*, at most 32 */
	bool protected_; /* flows into it come from the policy ref [true] */
	char *account;   /* 12 digits */
	char *region;
	char *role;          /* ARN of a role to assume; NULL: none */
	char *external_id;   /* for the role; NULL: none */
	char *profile;       /* of the AWS files; NULL: the default chain */
	char *bucket;
	char *bucket_owner;  /* 12 digits [account] */
	char *prefix;        /* of keys, without slashes at the ends; "" */
	char *kms_key;       /* ARN; NULL: the bucket's own encryption */
	char *pipeline_role; /* ARN: what executions run as */
	char *endpoint_sagemaker; /* URL; NULL: AWS's own */
	char *endpoint_s3;
	char *endpoint_sts;
	char *endpoint_ecr;
	struct sl_pairs tags; /* on everything that is created */
	bool pinned_images; /* images without a digest are refused [false] */
};

/** Somebody, and what the forge, Git and AWS call them. */
struct sl_person {
	char *name;
	struct sl_words emails;
	struct sl_words logins;
	struct sl_words principals; /* ARNs */
	struct sl_words groups;
};

/** Who keeps a worker running: `worker:` of the site file. */
enum sl_site_worker {
	SL_WORKER_HOOK,    /* post-receive of a plain bare repository starts one
			      where none runs */
	SL_WORKER_SERVICE, /* the system does */
};

/** The servers that hooks run on, by how long they wait for a hook. */
enum sl_host {
	SL_HOST_OTHER,  /* plain Git, Gitea, ...: as long as it takes */
	SL_HOST_GITLAB,
	SL_HOST_GITHUB, /* Enterprise Server: all hooks together have 5 s */
};
#define SL_HOST_COUNT 3

/** What a push has there unless the site says otherwise; 0: no end. */
int64_t sl_host_budget_ms(enum sl_host host);

/** Repositories that move in: an entry of `imports:` of the site file. */
struct sl_import {
	struct sl_words repositories; /* ids, folders, or a forge's names */
	struct sl_words people;       /* who may push so; names of persons */
	int64_t until_s;              /* the day's first second */
	char *until;                  /* "2027-01-31" */
	char *reason;
};

/** By which keys signatures are verified: `signers:` of the site file. */
struct sl_site_signers {
	char *ssh;         /* allowed signers of ssh-keygen; NULL: none */
	char *ssh_revoked; /* a list of revoked keys for it; NULL: none */
	char *gpg;         /* a keyring for gpgv; NULL: none */
	char *ssh_keygen;  /* programs; NULL: the system's */
	char *gpgv;
};

struct sl_site {
	char *file; /* shown name of the file it came from */
	char *name;
	struct sl_policy_source policy; /* of the site; may be none: then
				what projects ask of themselves is judged */
	int64_t policy_grace_s; /* how long the last good one stands in for one
				that does not load [0: not at all] */
	char *policy_ref; /* full ref name; NULL: what HEAD names */
	char *state;      /* folder [/var/lib/sluice] */
	struct sl_words pusher_variables; /* asked in this order */
	struct sl_person *people;
	size_t person_count;
	struct sl_site_signers signers;
	struct sl_environment *environments;
	size_t environment_count;
	struct sl_flows flows; /* [preset default] */
	/* Of one judgement in a hook; 0: none [github 4 s, gitlab 50 s] */
	int64_t budgets_ms[SL_HOST_COUNT];
	struct sl_import *imports;
	size_t import_count;
	uint64_t threads;      /* of one judgement, 1 to 8; 0: one for each
				  processor, as many [0] */
	uint64_t scan_cache;   /* bytes of what is kept of what was found in
				  files; 0: nothing is [256 MiB] */
	enum sl_site_worker worker; /* [hook] */
	char *aws_config_file; /* `aws-config-file`, for the worker: wins over
				  AWS_CONFIG_FILE; NULL: not named */
	char *aws_credentials_file; /* likewise, AWS_SHARED_CREDENTIALS_FILE */
};

/**
 * Read and check a site file.
 *
 * @return 0, SL_ENOTFOUND, SL_EIO, SL_EINVAL (no YAML), SL_ETOOBIG,
 *         SL_ECONFIG; with file:line:column wherever there is one
 */
int sl_site_load(const char *path, struct sl_site **out, struct sl_error *err)
    SL_MUST_CHECK;

/**
 * As sl_site_load, from text.
 *
 * @param name  shown in messages
 * @param dir   what relative paths in the file start from
 */
int sl_site_parse(const char *name, const char *dir, struct sl_str text,
    struct sl_site **out, struct sl_error *err) SL_MUST_CHECK;

void sl_site_free(struct sl_site *site);
SL_DEFINE_FREEP(struct sl_site, sl_site_free, sl_site_freep)

/** An environment by name, or NULL. */
const struct sl_environment *sl_site_environment(const struct sl_site *site,
    const char *name);

/* A person by what others call them, or NULL. E-mail addresses are compared
 * without regard to ASCII case, everything else byte for byte. */
const struct sl_person *sl_site_person(const struct sl_site *site,
    struct sl_str name);
const struct sl_person *sl_site_person_by_login(const struct sl_site *site,
    struct sl_str login);
const struct sl_person *sl_site_person_by_email(const struct sl_site *site,
    struct sl_str email);
const struct sl_person *sl_site_person_by_principal(const struct sl_site *site,
    struct sl_str arn);

/** Whether a person (NULL: nobody) is in a group. */
bool sl_person_in(const struct sl_person *person, const char *group);

/**
 * The import that a push is part of, or NULL.
 *
 * @param names   what the repository is called; NULL entries are none
 * @param person  who pushes; NULL: nobody that the site knows
 */
const struct sl_import *sl_site_import(const struct sl_site *site,
    const char *const *names, size_t count, const struct sl_person *person,
    int64_t now_s);

/** Read one variable of the program's environment; NULL where not set. */
typedef const char *sl_getenv_fn(void *ctx, const char *name);

/** Who pushes. */
struct sl_site_pusher {
	const char *variable; /* that named the login; NULL: none did */
	const char *login;    /* as get_env returned it; NULL: unknown */
	const struct sl_person *person; /* NULL: no person of the site */
};

/**
 * Find out who pushes: the first pusher variable that is set and not empty
 * gives the login, and the site's people the person.
 */
struct sl_site_pusher sl_site_pusher(const struct sl_site *site,
    sl_getenv_fn *get_env, void *ctx);

#endif
