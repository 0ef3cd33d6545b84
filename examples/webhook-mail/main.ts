import { createTransport } from 'nodemailer';
import { createApp } from './app.ts';

const { WEBHOOK_SECRET: secret, SMTP_URL: smtp, MAIL_FROM: from = 'Harbour Bank <no-reply@localhost>', PORT: port = '4000' } = process.env;
if (!secret || !smtp) throw new Error('set WEBHOOK_SECRET and SMTP_URL');

const mail = createTransport(smtp);
const app = createApp({
  secret,
  send: async (message) => {
    await mail.sendMail({ from, ...message });
  },
  log: (line) => console.log(line),
});
app.listen(Number(port), 'localhost', () => console.log(`waiting for webhooks at http://localhost:${port}/mail`));
