// The checkout page: pays with one reservation token, and follows the payment until it has ended.
//
// The shop sends the buyer here as /checkout#token=…&access_token=…: what is behind the # stays in the browser.
// Asking again with the same token is safe at any time, so every doubt ends in a button that asks again.
"use strict";

const WORDS = {
  ko: {
    page: "결제",
    lead: "예약하신 내용을 결제합니다.",
    pay: "결제하기",
    paying: "결제 중…",
    again: "다시 시도",
    look: "다시 확인",
    close: "확인",
    done: ["결제 완료", "결제가 성공적으로 완료되었습니다."],
    working: ["결제 중", "잠시만 기다려 주세요."],
    open: ["처리 중", "결제를 처리하고 있습니다. 이 창을 닫아도 결제는 한 번만, 끝까지 처리됩니다."],
    parked: ["확인 중", "담당자가 결제를 확인하고 있습니다. 다시 결제하실 필요는 없습니다."],
    long: ["처리 중", "시간이 더 걸리고 있습니다. 나중에 다시 확인해 주세요. 다시 결제하실 필요는 없습니다."],
    unknown: ["결과를 알 수 없습니다", "잠시 후 다시 시도해 주세요. 두 번 결제되지 않습니다."],
    nothing: ["결제할 예약이 없습니다", "쇼핑몰에서 다시 예약해 주세요."],
    PAYMENT_TOKEN_INVALID: ["결제할 수 없습니다", "유효하지 않은 결제 정보입니다. 쇼핑몰에서 다시 예약해 주세요."],
    UNAUTHORIZED: ["로그인이 필요합니다", "쇼핑몰에 다시 로그인한 뒤 확인해 주세요. 두 번 결제되지 않습니다."],
    FORBIDDEN: ["결제할 수 없습니다", "다른 분의 예약입니다. 청구된 금액은 없습니다."],
    CONFLICT: ["이미 처리된 예약입니다", "이 예약은 다른 내용으로 이미 처리되었습니다. 이번에 청구된 금액은 없습니다."],
    GONE: ["예약이 만료되었습니다", "청구된 금액은 없습니다. 쇼핑몰에서 다시 예약해 주세요."],
    refused: ["결제할 수 없습니다", "요청이 처리되지 않았습니다. 쇼핑몰에 문의해 주세요."],
  },
  en: {
    page: "Checkout",
    lead: "You are paying for your reservation.",
    pay: "Pay now",
    paying: "Paying…",
    again: "Try again",
    look: "Look again",
    close: "Close",
    done: ["Payment complete", "Your payment went through."],
    working: ["Paying", "One moment, please."],
    open: ["Processing", "Your payment is being processed. You may close this window: it will be settled, and only once."],
    parked: ["Being checked", "A person is looking at your payment. There is no need to pay again."],
    long: ["Processing", "This takes longer than usual. Please look again later. There is no need to pay again."],
    unknown: ["We cannot tell yet", "Please try again in a moment. You will not pay twice."],
    nothing: ["Nothing to pay for", "Please make a reservation in the shop first."],
    PAYMENT_TOKEN_INVALID: ["This cannot be paid", "The payment link is not valid. Please reserve again in the shop."],
    UNAUTHORIZED: ["Please log in", "Log in to the shop again, then look here. You will not pay twice."],
    FORBIDDEN: ["This cannot be paid", "The reservation is somebody else’s. Nothing was charged."],
    CONFLICT: ["Already settled", "This reservation was settled before with other contents. Nothing was charged this time."],
    GONE: ["The reservation is over", "Nothing was charged. Please reserve again in the shop."],
    refused: ["This cannot be paid", "The request was not accepted. Please ask the shop."],
  },
};

const ANSWER_MS = 10000; // longer than the service's own deadline
const POLL_FIRST_MS = 1000;
const POLL_MOST_MS = 15000;
const POLL_FOR_MS = 180000;

const at = (id) => document.getElementById(id);
const page = { language: "ko", said: null, tone: "", button: "pay", busy: false };

// ---- What was brought along ----------------------------------------------------------------------

function readFragment() {
  const given = new URLSearchParams(location.hash.slice(1));
  if (given.has("token")) {
    sessionStorage.setItem("recoup.token", given.get("token"));
    sessionStorage.setItem("recoup.access", given.get("access_token") || "");
    sessionStorage.removeItem("recoup.begun");
    history.replaceState(null, "", location.pathname + location.search);
  }
  page.token = sessionStorage.getItem("recoup.token");
  page.access = sessionStorage.getItem("recoup.access");
}

// ---- Showing -------------------------------------------------------------------------------------

function render() {
  const words = WORDS[page.language];
  document.documentElement.lang = page.language;
  document.title = words.page;
  at("title").textContent = words.page;
  at("lead").textContent = words.lead;
  at("done-title").textContent = words.done[0];
  at("done-text").textContent = words.done[1];
  at("done-close").textContent = words.close;
  for (const button of document.querySelectorAll(".language"))
    button.setAttribute("aria-pressed", String(button.dataset.language === page.language));
  at("pay").hidden = page.button === null;
  at("pay").textContent = page.button === null ? "" : words[page.button];
  at("pay").setAttribute("aria-disabled", String(page.busy));
  at("status").hidden = page.said === null;
  at("status").dataset.tone = page.tone;
  at("live").setAttribute("aria-live", page.tone === "bad" ? "assertive" : "polite");
  at("spinner").hidden = !page.busy;
  if (page.said !== null) {
    at("status-title").textContent = words[page.said][0];
    at("status-text").textContent = words[page.said][1];
  }
}

// `button`: the word on it, or null for none. While busy it stays where it is, so that the focus does too.
function show(said, tone, button, busy = false) {
  Object.assign(page, { said, tone, button, busy });
  render();
}

function finish() {
  sessionStorage.removeItem("recoup.begun");
  show("done", "good", null);
  at("done").showModal();
}

// A login that has run out ends nothing: what was accepted before goes on, and is looked at after the next one.
function refuse(code) {
  if (code !== "UNAUTHORIZED") sessionStorage.removeItem("recoup.begun");
  show(code in WORDS.ko ? code : "refused", "bad", null);
  at("title").focus(); // the button is gone
}

// ---- Asking --------------------------------------------------------------------------------------

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// {status, body, wait_ms}; status 0 where nobody answered.
async function ask(path, options = {}) {
  const headers = { "Accept-Language": page.language, Authorization: `Bearer ${page.access}` };
  if (options.body) headers["Content-Type"] = "application/json";
  try {
    const response = await fetch(path, {
      ...options,
      headers,
      credentials: "same-origin",
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    const wait_s = Number(response.headers.get("Retry-After")) || 0;
    const body = await response.json().catch(() => ({}));
    return { status: response.status, body, wait_ms: wait_s * 1000 };
  } catch {
    return { status: 0, body: {}, wait_ms: 0 };
  }
}

// Where a payment stands, from what was answered: true where it has ended, one way or the other.
function settle({ status, body }) {
  if (status === 200 && body.state === "approved") finish();
  else if (status === 200 && body.state === "rejected") refuse("GONE");
  else if (status >= 400 && status < 500) refuse(body.code);
  else return false;
  return true;
}

async function follow() {
  const until = Date.now() + POLL_FOR_MS;
  let pause_ms = POLL_FIRST_MS;
  show("open", "", "paying", true);
  while (Date.now() < until) {
    await sleep(pause_ms * (0.75 + Math.random() / 2));
    pause_ms = Math.min(pause_ms * 2, POLL_MOST_MS);
    const answer = await ask(`/api/v1/payments/${encodeURIComponent(page.token)}`);
    if (settle(answer)) return;
    if (answer.body.state === "parked") {
      show("parked", "", "look");
      return;
    }
  }
  show("long", "", "look");
}

async function pay() {
  show("working", "", "paying", true);
  sessionStorage.setItem("recoup.begun", "1");
  const answer = await ask("/api/v1/payments/process", {
    method: "POST",
    body: JSON.stringify({ token: page.token }),
  });
  if (settle(answer)) return;
  if (answer.status === 202 && answer.body.state === "parked") show("parked", "", "look");
  else if (answer.status === 202) await follow();
  else await doubt(answer.wait_ms);
}

// Nobody knows. The button asks again, as soon as the service wants to be asked.
async function doubt(wait_ms) {
  show("unknown", "bad", "again", true);
  await sleep(wait_ms);
  show("unknown", "bad", "again");
}

// ---- The page's life -----------------------------------------------------------------------------

function press() {
  if (page.busy) return;
  if (page.button === "look") follow();
  else pay();
}

function chooseLanguage(language) {
  page.language = language;
  localStorage.setItem("recoup.language", language);
  render();
}

function begin() {
  readFragment();
  const preferred = localStorage.getItem("recoup.language") || navigator.language.slice(0, 2);
  page.language = preferred === "en" ? "en" : "ko";
  at("pay").addEventListener("click", press);
  at("done-close").addEventListener("click", () => at("done").close());
  at("done").addEventListener("close", () => at("title").focus());
  for (const button of document.querySelectorAll(".language"))
    button.addEventListener("click", () => chooseLanguage(button.dataset.language));
  if (!page.token) show("nothing", "bad", null);
  else if (sessionStorage.getItem("recoup.begun")) follow(); // the page was loaded again meanwhile
  else show(null, "", "pay");
}

begin();
