// Each provider's own client: whether a delivery verifies, and its signature where the client can sign.
// Prints "ready" when all are loaded, reads deliveries as JSON from standard input, prints a verdict for each.

import { createRequire } from "node:module"
import { readFileSync } from "node:fs"
import Stripe from "stripe"
import * as github from "@octokit/webhooks-methods"
import { Webhook as Svix } from "svix"
import { Webhook as Standard } from "standardwebhooks"
import slack from "@slack/bolt"
import twilio from "twilio"
import { Paddle } from "@paddle/paddle-node-sdk"
import { Signature as HubSpot } from "@hubspot/api-client"
import { EventWebhook } from "@sendgrid/eventwebhook"
import { verifyKey } from "discord-interactions"
import { LinearWebhookClient } from "@linear/sdk/webhooks"
import "@shopify/shopify-api/adapters/web-api"
import { shopifyApi, ApiVersion } from "@shopify/shopify-api"
import OpenAI from "openai"
import { Resend } from "resend"
import { verifyWebhook as clerk } from "@clerk/backend/webhooks"

const require = createRequire(import.meta.url)
const { WebhooksHelper } = require("./node_modules/square/wrapper/WebhooksHelper.js") // all of it takes a second

const stripe = new Stripe("sk_test_x")
const openai = new OpenAI({ apiKey: "x" })
const resend = new Resend("re_x")
const paddle = new Paddle("x")
const sendgrid = new EventWebhook()
const form = body => Object.fromEntries(new URLSearchParams(body))
const posted = d => new Request(d.url, { method: "POST", headers: d.headers, body: d.body })
const standard = (Webhook, names) => ({
  verify: d => new Webhook(d.secret).verify(d.body, d.headers),
  sign: d => {
    const now = new Date()
    const signature = new Webhook(d.secret).sign("msg_of_theirs", now, d.body)
    return { [names[0]]: "msg_of_theirs", [names[1]]: `${Math.floor(now / 1000)}`, [names[2]]: signature }
  },
})
const hubspot = (d, timestamp) => ({
  clientSecret: d.secret, requestBody: d.body, url: d.url, timestamp, signature: d.headers["x-hubspot-signature-v3"],
})
const shopify = secret => shopifyApi({
  apiKey: "x", apiSecretKey: secret, scopes: [], hostName: "shop.example.com", apiVersion: ApiVersion.January26 ?? "2026-01",
  isEmbeddedApp: false, logger: { log: () => {} },
})

const judges = {
  stripe: {
    verify: d => d.body.includes('"v2.core.event"')
      ? stripe.parseEventNotification(d.body, d.headers["stripe-signature"], d.secret)
      : stripe.webhooks.constructEvent(d.body, d.headers["stripe-signature"], d.secret),
    sign: d => ({
      "Stripe-Signature": stripe.webhooks.generateTestHeaderString({ payload: d.body, secret: d.secret }),
    }),
  },
  github: {
    verify: d => github.verify(d.secret, d.body, d.headers["x-hub-signature-256"]),
    sign: async d => ({ "X-Hub-Signature-256": await github.sign(d.secret, d.body) }),
  },
  svix: standard(Svix, ["svix-id", "svix-timestamp", "svix-signature"]),
  standard: standard(Standard, ["webhook-id", "webhook-timestamp", "webhook-signature"]),
  clerk: { verify: d => clerk(posted(d), { signingSecret: d.secret }) },
  openai: { verify: d => openai.webhooks.unwrap(d.body, d.headers, d.secret) },
  resend: {
    verify: d => resend.webhooks.verify({
      payload: d.body,
      webhookSecret: d.secret,
      headers: {
        id: d.headers["svix-id"], timestamp: d.headers["svix-timestamp"], signature: d.headers["svix-signature"],
      },
    }),
  },
  slack: {
    verify: d => slack.isValidSlackRequest({ signingSecret: d.secret, body: d.body, headers: d.headers }),
  },
  twilio: {
    verify: d => twilio.validateRequest(d.secret, d.headers["x-twilio-signature"], d.url, form(d.body)),
    sign: d => ({ "X-Twilio-Signature": twilio.getExpectedTwilioSignature(d.secret, d.url, form(d.body)) }),
  },
  paddle: { verify: d => paddle.webhooks.isSignatureValid(d.body, d.secret, d.headers["paddle-signature"]) },
  hubspot: {
    verify: d => HubSpot.isValid({
      method: "POST", signatureVersion: "v3", ...hubspot(d, Number(d.headers["x-hubspot-request-timestamp"])),
    }),
    sign: d => {
      const now = Date.now()
      const signature = HubSpot.getSignature("POST", "v3", hubspot(d, now))
      return { "X-HubSpot-Signature-v3": signature, "X-HubSpot-Request-Timestamp": `${now}` }
    },
  },
  sendgrid: {
    verify: d => sendgrid.verifySignature(
      sendgrid.convertPublicKeyToECDSA(d.secret), d.body,
      d.headers["x-twilio-email-event-webhook-signature"], d.headers["x-twilio-email-event-webhook-timestamp"],
    ),
  },
  square: {
    verify: d => WebhooksHelper.verifySignature({
      requestBody: d.body, signatureKey: d.secret, notificationUrl: d.url,
      signatureHeader: d.headers["x-square-hmacsha256-signature"],
    }),
  },
  discord: {
    verify: d => verifyKey(d.body, d.headers["x-signature-ed25519"], d.headers["x-signature-timestamp"], d.secret),
  },
  linear: {
    verify: d => new LinearWebhookClient(d.secret).verify(Buffer.from(d.body), d.headers["linear-signature"]),
  },
  shopify: {
    verify: async d => {
      const found = await shopify(d.secret).webhooks.validate({ rawBody: d.body, rawRequest: posted(d) })
      return found.valid || found.reason === "missing_headers" // the signature is checked before those
    },
  },
}

async function verdict(delivery) {
  const judge = judges[delivery.provider]
  let valid, why
  try {
    valid = (await judge.verify(delivery)) !== false
  } catch (error) {
    valid = false
    why = String(error)
  }
  return { valid, why, theirs: valid && judge.sign ? await judge.sign(delivery) : null }
}

console.log("ready")
const deliveries = JSON.parse(readFileSync(0, "utf8"))
console.log(JSON.stringify(await Promise.all(deliveries.map(verdict))))
