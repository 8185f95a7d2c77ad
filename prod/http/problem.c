/* The table of problems. Its codes and statuses stand in docs/openapi.yaml too; a test compares. */
#include "prod/http/problem.h"

#include "core/check.h"

#include <stddef.h>

static const struct rcp_problem_row rows[RCP_PROBLEM_COUNT] = {
    [RCP_PROBLEM_NONE] = {.status = 200},
    [RCP_PROBLEM_BAD_REQUEST] = {400,
                                 "BAD_REQUEST",
                                 "/problems/bad-request",
                                 "Bad Request",
                                 {"요청을 읽을 수 없습니다.", "The request cannot be read."}},
    [RCP_PROBLEM_TOKEN] = {400,
                           "PAYMENT_TOKEN_INVALID",
                           "/problems/payment-token-invalid",
                           "Bad Request",
                           {"유효하지 않거나 만료된 결제 토큰입니다.",
                            "The payment token is not valid."}},
    [RCP_PROBLEM_UNAUTHORIZED] = {401,
                                  "UNAUTHORIZED",
                                  "/problems/unauthorized",
                                  "Unauthorized",
                                  {"로그인이 필요합니다.", "Please log in."}},
    [RCP_PROBLEM_PAYMENT_FAILED] = {402,
                                    "PAYMENT_FAILED",
                                    "/problems/payment-failed",
                                    "Payment Required",
                                    {"결제에 실패했습니다. 사용한 포인트와 쿠폰은 돌려드렸습니다.",
                                     "The payment failed. Points and coupon were given back."}},
    [RCP_PROBLEM_FORBIDDEN] = {403,
                               "FORBIDDEN",
                               "/problems/forbidden",
                               "Forbidden",
                               {"잘못된 접근입니다.", "This is not yours."}},
    [RCP_PROBLEM_NOT_FOUND] = {404,
                               "NOT_FOUND",
                               "/problems/not-found",
                               "Not Found",
                               {"찾을 수 없습니다.", "There is nothing here."}},
    [RCP_PROBLEM_METHOD] = {405,
                            "METHOD_NOT_ALLOWED",
                            "/problems/method-not-allowed",
                            "Method Not Allowed",
                            {"지원하지 않는 요청 방식입니다.", "Not with this method."}},
    [RCP_PROBLEM_CONFLICT] =
        {409,
         "CONFLICT",
         "/problems/conflict",
         "Conflict",
         {"다른 내용으로 이미 처리되었거나 수량이 모자랍니다. 청구된 금액은 없습니다.",
          "It was settled before with other contents, or there is not enough left. Nothing was "
          "charged."}},
    [RCP_PROBLEM_GONE] = {410,
                          "GONE",
                          "/problems/gone",
                          "Gone",
                          {"예약이 만료되었습니다. 청구된 금액은 없습니다. 다시 예약해 주세요.",
                           "The reservation is over. Nothing was charged. Please reserve again."}},
    [RCP_PROBLEM_TOO_LARGE] = {413,
                               "CONTENT_TOO_LARGE",
                               "/problems/content-too-large",
                               "Content Too Large",
                               {"요청이 너무 큽니다.", "The request is too large."}},
    [RCP_PROBLEM_MEDIA_TYPE] = {415,
                                "UNSUPPORTED_MEDIA_TYPE",
                                "/problems/unsupported-media-type",
                                "Unsupported Media Type",
                                {"application/json 형식으로 보내 주세요.",
                                 "Please send application/json."}},
    [RCP_PROBLEM_KEY_REUSED] = {422,
                                "IDEMPOTENCY_KEY_REUSED",
                                "/problems/idempotency-key-reused",
                                "Unprocessable Content",
                                {"같은 Idempotency-Key가 다른 내용으로 사용되었습니다.",
                                 "This Idempotency-Key came before with another body."}},
    [RCP_PROBLEM_INTERNAL] = {500,
                              "INTERNAL_ERROR",
                              "/problems/internal-error",
                              "Internal Server Error",
                              {"결제 처리 중 오류가 발생했습니다.",
                               "The payment ran into an error."}},
    [RCP_PROBLEM_UNAVAILABLE] =
        {503,
         "SERVICE_UNAVAILABLE",
         "/problems/service-unavailable",
         "Service Unavailable",
         {"지금은 결과를 알 수 없습니다. 잠시 후 같은 요청을 다시 보내 주세요. 두 번 결제되지 "
          "않습니다.",
          "Nobody can tell right now. Please ask again in a moment, with the same request: you "
          "will "
          "not pay twice."}},
};

const struct rcp_problem_row *rcp_problem_row(enum rcp_problem problem)
{
    return &rows[problem];
}

enum rcp_problem rcp_problem_of(enum rcp_status status)
{
    switch (status) {
    case RCP_STATUS_OK:
    case RCP_STATUS_ACCEPTED:
        return RCP_PROBLEM_NONE;
    case RCP_STATUS_BAD_REQUEST:
        return RCP_PROBLEM_BAD_REQUEST;
    case RCP_STATUS_UNAUTHORIZED:
        return RCP_PROBLEM_UNAUTHORIZED;
    case RCP_STATUS_PAYMENT_REQUIRED:
        return RCP_PROBLEM_PAYMENT_FAILED;
    case RCP_STATUS_FORBIDDEN:
        return RCP_PROBLEM_FORBIDDEN;
    case RCP_STATUS_NOT_FOUND:
        return RCP_PROBLEM_NOT_FOUND;
    case RCP_STATUS_CONFLICT:
        return RCP_PROBLEM_CONFLICT;
    case RCP_STATUS_GONE:
        return RCP_PROBLEM_GONE;
    case RCP_STATUS_UNPROCESSABLE:
        return RCP_PROBLEM_KEY_REUSED;
    case RCP_STATUS_ERROR:
        return RCP_PROBLEM_INTERNAL;
    case RCP_STATUS_UNAVAILABLE:
        return RCP_PROBLEM_UNAVAILABLE;
    case RCP_STATUS_NONE:
        break;
    }
    rcp_check_failed("reply_has_status");
}
