/* Which of our two languages a client reads (RFC 9110, 12.5.4). */
#ifndef RCP_PROD_HTTP_LANGUAGE_H
#define RCP_PROD_HTTP_LANGUAGE_H

enum rcp_language {
    RCP_LANGUAGE_KO, /* the documents' own; also where nobody says anything */
    RCP_LANGUAGE_EN,
    RCP_LANGUAGE_COUNT
};

/* The better of the two by Accept-Language; NULL or neither of them: Korean. */
enum rcp_language rcp_language_of(const char *accept_language);

/* "ko", "en": Content-Language. */
const char *rcp_language_tag(enum rcp_language language);

#endif
