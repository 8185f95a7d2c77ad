// Clicks through the checkout page in a real Chromium, against a server that it starts.
//
//   node checkout.test.mjs SERVER [SCREENSHOTS]
//
// SERVER prints one line of JSON (tests/browser/server.c says what is in it) and serves until its input ends.
// Exits 1 where a claim does not hold. Screenshots go to the folder SCREENSHOTS, where one is named.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

const [program, screenshots] = process.argv.slice(2);
const server = spawn(program, [], { stdio: ["pipe", "pipe", "inherit"] });
const [line] = await new Promise((resolve) =>
  createInterface({ input: server.stdout }).once("line", (text) => resolve([text])),
);
const shop = JSON.parse(line);
if (screenshots) await mkdir(screenshots, { recursive: true });

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
  headless: true,
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
  ],
});

// A buyer with a browser of his own: nothing is left of the one before. What the page itself complains about on
// its console is kept; a request that was refused is no complaint of the page.
async function buyer(language, token, options = {}) {
  const context = await browser.newContext({
    locale: language === "ko" ? "ko-KR" : "en-GB",
    viewport: { width: 420, height: 760 },
    ...options,
  });
  const page = await context.newPage();
  page.complaints = [];
  page.on("pageerror", (error) => page.complaints.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource"))
      page.complaints.push(message.text());
  });
  const fragment = token ? `#token=${token}&access_token=${shop.bearer}` : "";
  await page.goto(`${shop.url}/checkout${fragment}`);
  return page;
}

async function leave(page) {
  assert.deepEqual(page.complaints, []);
  await page.context().close();
}

// The focus moves a moment after what moved it.
const focusOn = (page, id) =>
  page.waitForFunction((wanted) => document.activeElement.id === wanted, id, { timeout: 3000 });

const shoot = (page, name) =>
  screenshots ? page.screenshot({ path: `${screenshots}/${name}.png` }) : undefined;

const words = {
  ko: { pay: "결제하기", done: "결제 완료", open: "처리 중", close: "확인", again: "다시 시도" },
  en: { pay: "Pay now", done: "Payment complete", open: "Processing", close: "Close", again: "Try again" },
};

const claims = [];
const claim = (name, check) => claims.push({ name, check });

for (const language of ["ko", "en"]) {
  const said = words[language];

  claim(`${language}: a click pays, and the modal says so`, async () => {
    const page = await buyer(language, shop.approves);
    assert.equal(await page.getAttribute("html", "lang"), language);
    await shoot(page, `${language}-1-ready`);
    await page.getByRole("button", { name: said.pay }).click();
    const modal = page.getByRole("dialog", { name: said.done });
    await modal.waitFor();
    await shoot(page, `${language}-2-done`);
    await focusOn(page, "done-close");
    await modal.getByRole("button", { name: said.close }).click();
    await modal.waitFor({ state: "hidden" });
    await focusOn(page, "title");
    assert.equal(await page.locator("#pay").isVisible(), false);
    await leave(page);
  });

  // FAKE_OPENS answers "open" twice in all, so that only the first language to ask sees it open for long.
  claim(`${language}: 202 is followed until it is done`, async () => {
    const page = await buyer(language, shop.opens);
    await page.getByRole("button", { name: said.pay }).click();
    await page.locator("#status-title", { hasText: said.open }).waitFor();
    assert.equal(await page.locator("#spinner").isVisible(), true);
    assert.equal(await page.getAttribute("#pay", "aria-disabled"), "true");
    await shoot(page, `${language}-3-processing`);
    await page.getByRole("dialog", { name: said.done }).waitFor({ timeout: 20000 });
    await leave(page);
  });

  for (const [fate, title] of [
    ["conflicts", { ko: "이미 처리된 예약입니다", en: "Already settled" }],
    ["expired", { ko: "예약이 만료되었습니다", en: "The reservation is over" }],
    ["foreign", { ko: "결제할 수 없습니다", en: "This cannot be paid" }],
  ]) {
    claim(`${language}: ${fate} is said in words, and cannot be paid again`, async () => {
      const page = await buyer(language, shop[fate]);
      await page.getByRole("button", { name: said.pay }).click();
      await page.locator("#status-title", { hasText: title[language] }).waitFor();
      assert.equal(await page.getAttribute("#live", "aria-live"), "assertive");
      assert.equal(await page.locator("#pay").isVisible(), false);
      await focusOn(page, "title");
      await shoot(page, `${language}-4-${fate}`);
      await leave(page);
    });
  }

  claim(`${language}: 503 is a doubt, and a button that asks again`, async () => {
    const page = await buyer(language, shop.nobody);
    await page.getByRole("button", { name: said.pay }).click();
    const again = page.getByRole("button", { name: said.again });
    await again.waitFor();
    await shoot(page, `${language}-5-doubt`);
    assert.equal(await again.getAttribute("aria-disabled"), "true"); // Retry-After: 1
    await page.locator('#pay[aria-disabled="false"]').waitFor();
    await focusOn(page, "pay");
    await leave(page);
  });
}

claim("503, and with the next click it is paid", async () => {
  const page = await buyer("ko", shop.recovers);
  await page.getByRole("button", { name: words.ko.pay }).click();
  await page.locator('#pay[aria-disabled="false"]').waitFor();
  await page.getByRole("button", { name: words.ko.again }).click();
  await page.getByRole("dialog", { name: words.ko.done }).waitFor();
  await leave(page);
});

claim("a parked payment is looked at again, not paid again", async () => {
  const page = await buyer("ko", shop.parks);
  let payments = 0;
  page.on("request", (request) => (payments += request.method() === "POST"));
  await page.getByRole("button", { name: words.ko.pay }).click();
  await page.locator("#status-title", { hasText: "확인 중" }).waitFor();
  await shoot(page, "ko-6-parked");
  await page.getByRole("button", { name: "다시 확인" }).click();
  await page.locator("#status-title", { hasText: "처리 중" }).waitFor();
  await page.getByRole("button", { name: "다시 확인" }).waitFor();
  assert.equal(payments, 1);
  await leave(page);
});

claim("a login that runs out while a payment is open does not call it off", async () => {
  const page = await buyer("ko", shop.parks);
  await page.route("**/api/v1/payments/process", (route) =>
    route.fulfill({ status: 202, json: { state: "open", code: "PAYMENT_IN_PROGRESS" } }),
  );
  await page.route("**/api/v1/payments/N*", (route) =>
    route.fulfill({ status: 401, contentType: "application/problem+json", body: '{"code":"UNAUTHORIZED"}' }),
  );
  await page.getByRole("button", { name: words.ko.pay }).click();
  await page.locator("#status-title", { hasText: "로그인이 필요합니다" }).waitFor();
  assert.doesNotMatch(await page.textContent("#status-text"), /청구된 금액은 없습니다/);
  await page.unrouteAll();
  await page.reload(); // after the next login: it is looked at, not paid again
  await page.locator("#status-title", { hasText: "확인 중" }).waitFor();
  await leave(page);
});

claim("a double click pays once", async () => {
  const page = await buyer("ko", shop.approves);
  let payments = 0;
  page.on("request", (request) => (payments += request.method() === "POST"));
  await page.getByRole("button", { name: words.ko.pay }).dblclick();
  await page.getByRole("dialog", { name: words.ko.done }).waitFor();
  assert.equal(payments, 1);
  await leave(page);
});

claim("the keyboard alone pays, and Escape closes the modal", async () => {
  const page = await buyer("en", shop.approves);
  for (let i = 0; i < 3; i++) await page.keyboard.press("Tab");
  await focusOn(page, "pay");
  await page.keyboard.press("Enter");
  const modal = page.getByRole("dialog", { name: words.en.done });
  await modal.waitFor();
  await page.keyboard.press("Tab");
  assert.ok(await page.evaluate(() => !document.querySelector("main").contains(document.activeElement)));
  await page.keyboard.press("Escape");
  await modal.waitFor({ state: "hidden" });
  await focusOn(page, "title");
  await leave(page);
});

claim("the language can be changed, and what was said with it", async () => {
  const page = await buyer("ko", shop.expired);
  await page.getByRole("button", { name: words.ko.pay }).click();
  await page.locator("#status-title", { hasText: "예약이 만료되었습니다" }).waitFor();
  await page.getByRole("button", { name: "English" }).click();
  assert.equal(await page.textContent("#status-title"), "The reservation is over");
  assert.equal(await page.getAttribute("html", "lang"), "en");
  assert.equal(await page.getAttribute('[data-language="en"]', "aria-pressed"), "true");
  await leave(page);
});

claim("token and login leave the address at once, and survive a reload", async () => {
  const page = await buyer("ko", shop.approves);
  assert.equal(page.url(), `${shop.url}/checkout`);
  await page.reload();
  await page.getByRole("button", { name: words.ko.pay }).click();
  await page.getByRole("dialog", { name: words.ko.done }).waitFor();
  await leave(page);
});

claim("without a token there is nothing to pay", async () => {
  const page = await buyer("ko", null);
  await page.locator("#status-title", { hasText: "결제할 예약이 없습니다" }).waitFor();
  assert.equal(await page.locator("#pay").isVisible(), false);
  await leave(page);
});

claim("without a network it is a doubt, never a failure", async () => {
  const page = await buyer("ko", shop.approves);
  await page.context().setOffline(true);
  await page.getByRole("button", { name: words.ko.pay }).click();
  await page.locator("#status-title", { hasText: "결과를 알 수 없습니다" }).waitFor();
  await page.context().setOffline(false);
  await page.getByRole("button", { name: words.ko.again }).click();
  await page.getByRole("dialog", { name: words.ko.done }).waitFor();
  await leave(page);
});

claim("what a server says is shown as text, never as a page", async () => {
  const page = await buyer("ko", shop.approves);
  await page.route("**/api/v1/payments/process", (route) =>
    route.fulfill({
      status: 409,
      contentType: "application/problem+json",
      body: JSON.stringify({ code: "<img src=x onerror=alert(1)>", detail: "<b>x</b>" }),
    }),
  );
  await page.getByRole("button", { name: words.ko.pay }).click();
  await page.locator("#status-title", { hasText: "결제할 수 없습니다" }).waitFor();
  assert.equal(await page.locator("main img, main b").count(), 0);
  await leave(page);
});

// WCAG 2.1, 1.4.3 and 1.4.11: text 4.5 to 1 in both colour schemes.
claim("every text stands out against what is behind it", async () => {
  for (const colorScheme of ["light", "dark"]) {
    const page = await buyer("ko", shop.nobody, { colorScheme });
    await page.getByRole("button", { name: words.ko.pay }).click();
    await page.locator('#pay[aria-disabled="false"]').waitFor();
    await shoot(page, `ko-7-${colorScheme}`);
    const contrasts = await page.evaluate(() => {
      const parse = (color) => color.match(/[\d.]+/g).map(Number);
      const luminance = ([r, g, b]) =>
        [r, g, b]
          .map((c) => c / 255)
          .map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
          .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
      const behind = (element) => {
        for (let e = element; e; e = e.parentElement) {
          const color = parse(getComputedStyle(e).backgroundColor);
          if (color.length === 3 || color[3] > 0) return color;
        }
        return [255, 255, 255];
      };
      return [...document.querySelectorAll("h1, #lead, #status-title, #status-text, button")]
        .filter((element) => element.offsetParent !== null)
        .map((element) => {
          const pair = [parse(getComputedStyle(element).color), behind(element)].map(luminance);
          const [dark, bright] = pair.sort((a, b) => a - b);
          return [element.id || element.textContent, (bright + 0.05) / (dark + 0.05)];
        });
    });
    assert.ok(contrasts.length >= 6);
    for (const [what, ratio] of contrasts) assert.ok(ratio >= 4.5, `${colorScheme} ${what}: ${ratio}`);
    await leave(page);
  }
});

claim("the page loads nothing from elsewhere, and its headers forbid it", async () => {
  const page = await buyer("ko", shop.approves);
  const requests = [];
  page.on("request", (request) => requests.push(request.url()));
  const response = await page.reload();
  const headers = response.headers();
  assert.match(headers["content-security-policy"], /default-src 'none'/);
  assert.doesNotMatch(headers["content-security-policy"], /unsafe/);
  assert.equal(headers["x-content-type-options"], "nosniff");
  assert.equal(headers["referrer-policy"], "no-referrer");
  assert.equal(headers["cache-control"], "no-cache");
  assert.ok(requests.every((url) => url.startsWith(shop.url) || url.startsWith("data:")), requests.join());
  const again = await page.request.get(`${shop.url}/checkout.js`, {
    headers: { "If-None-Match": (await page.request.get(`${shop.url}/checkout.js`)).headers().etag },
  });
  assert.equal(again.status(), 304);
  await leave(page);
});

let failed = 0;
for (const { name, check } of claims) {
  try {
    await check();
    console.log(`ok      ${name}`);
  } catch (error) {
    failed++;
    console.log(`FAILED  ${name}\n${error.stack}`);
  }
}
await browser.close();
const ended = new Promise((resolve) => server.once("exit", resolve));
server.stdin.end();
const code = await ended;
if (code !== 0) console.log(`FAILED  the server ends clean: ${code}`);
console.log(`${claims.length - failed} of ${claims.length} claims hold`);
process.exit(failed > 0 || code !== 0 ? 1 : 0);
