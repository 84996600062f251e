/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_OID_H
#define ES_OID_H

#include "octets.h"

/* Contents octets of the object identifiers. */
extern const struct es_bytes es_oid_challenge_password, es_oid_extension_request,
    es_oid_subject_alt_name, es_oid_subject_key_id, es_oid_authority_key_id,
    es_oid_key_usage, es_oid_basic_constraints, es_oid_ecdsa_sha256,
    es_oid_ecdsa_sha384, es_oid_ecdsa_sha512, es_oid_data, es_oid_signed_data,
    es_oid_smime_capabilities, es_oid_decrypt_key_id, es_oid_asymmetric_decrypt_key_id,
    es_oid_ec_public_key, es_oid_p256, es_oid_cmc_ra;

#endif
