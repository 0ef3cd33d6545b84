/** The words of a code message. `{application}`, `{action}` and `{minutes}` are filled in; the subject has none of them. */
export type EmailOtpWords = {
  readonly subject: string;
  readonly request: string;
  readonly code: string;
  readonly validity: string;
  readonly secrecy: string;
  readonly unexpected: string;
};

export const emailOtpWords = {
  en: {
    subject: 'Your verification code',
    request: '{application} asks you to confirm: {action}',
    code: 'Your code',
    validity: 'It is valid for {minutes} minutes and works once.',
    secrecy: 'Nobody will ask you for it: never pass it on.',
    unexpected: 'If you did not expect this message, do not enter the code anywhere.',
  },
  de: {
    subject: 'Ihr Bestätigungscode',
    request: '{application} bittet Sie um Bestätigung: {action}',
    code: 'Ihr Code',
    validity: 'Er gilt {minutes} Minuten und nur einmal.',
    secrecy: 'Niemand wird Sie danach fragen: Geben Sie ihn nie weiter.',
    unexpected: 'Wenn Sie diese Nachricht nicht erwartet haben, geben Sie den Code nirgends ein.',
  },
  fr: {
    subject: 'Votre code de vérification',
    request: '{application} vous demande de confirmer : {action}',
    code: 'Votre code',
    validity: 'Il est valable {minutes} minutes et une seule fois.',
    secrecy: 'Personne ne vous le demandera : ne le transmettez jamais.',
    unexpected: 'Si vous n’attendiez pas ce message, ne saisissez ce code nulle part.',
  },
  es: {
    subject: 'Su código de verificación',
    request: '{application} le pide que confirme: {action}',
    code: 'Su código',
    validity: 'Es válido durante {minutes} minutos y una sola vez.',
    secrecy: 'Nadie se lo pedirá: no lo comparta nunca.',
    unexpected: 'Si no esperaba este mensaje, no introduzca el código en ningún sitio.',
  },
  it: {
    subject: 'Il suo codice di verifica',
    request: '{application} le chiede di confermare: {action}',
    code: 'Il suo codice',
    validity: 'È valido per {minutes} minuti e una sola volta.',
    secrecy: 'Nessuno glielo chiederà: non lo comunichi mai.',
    unexpected: 'Se non aspettava questo messaggio, non inserisca il codice da nessuna parte.',
  },
  pt: {
    subject: 'O seu código de verificação',
    request: '{application} pede-lhe que confirme: {action}',
    code: 'O seu código',
    validity: 'É válido durante {minutes} minutos e uma única vez.',
    secrecy: 'Ninguém lho vai pedir: nunca o partilhe.',
    unexpected: 'Se não esperava esta mensagem, não introduza o código em lado nenhum.',
  },
  nl: {
    subject: 'Uw verificatiecode',
    request: '{application} vraagt u te bevestigen: {action}',
    code: 'Uw code',
    validity: 'De code is {minutes} minuten geldig en werkt één keer.',
    secrecy: 'Niemand zal u ernaar vragen: geef de code nooit door.',
    unexpected: 'Als u dit bericht niet verwachtte, voer de code dan nergens in.',
  },
  pl: {
    subject: 'Twój kod weryfikacyjny',
    request: '{application} prosi o potwierdzenie: {action}',
    code: 'Twój kod',
    validity: 'Kod jest ważny {minutes} min i działa tylko raz.',
    secrecy: 'Nikt nie poprosi Cię o ten kod: nigdy go nie przekazuj.',
    unexpected: 'Jeśli nie spodziewasz się tej wiadomości, nie wpisuj nigdzie tego kodu.',
  },
  ja: {
    subject: '確認コード',
    request: '{application} が確認を求めています: {action}',
    code: '確認コード',
    validity: '有効期間は {minutes} 分で、1 回だけ使えます。',
    secrecy: 'このコードをお尋ねすることはありません。決して他人に教えないでください。',
    unexpected: '心当たりがない場合は、コードをどこにも入力しないでください。',
  },
  ar: {
    subject: 'رمز التحقق الخاص بك',
    request: 'يطلب منك {application} تأكيد: {action}',
    code: 'رمزك',
    validity: 'الرمز صالح لمدة {minutes} دقائق ولمرة واحدة.',
    secrecy: 'لن يطلبه منك أحد: لا تشاركه أبدًا.',
    unexpected: 'إذا لم تكن تتوقع هذه الرسالة فلا تُدخل الرمز في أي مكان.',
  },
  he: {
    subject: 'קוד האימות שלך',
    request: '{application} מבקש ממך לאשר: {action}',
    code: 'הקוד שלך',
    validity: 'הקוד תקף ל-{minutes} דקות ולשימוש אחד.',
    secrecy: 'אף אחד לא יבקש אותו ממך: לעולם אין למסור אותו.',
    unexpected: 'אם לא ציפית להודעה הזאת, אין להזין את הקוד בשום מקום.',
  },
} as const satisfies Readonly<Record<string, EmailOtpWords>>;

export type EmailOtpLanguage = keyof typeof emailOtpWords;

/** Languages written from right to left. */
const rightToLeft: ReadonlySet<string> = new Set<EmailOtpLanguage>(['ar', 'he']);

/** Finds the words for a locale by its language; English where there are none. */
export const wordsFor = (
  locale: string,
): { readonly language: EmailOtpLanguage; readonly direction: 'ltr' | 'rtl'; readonly words: EmailOtpWords } => {
  const wanted = new Intl.Locale(locale).language;
  const language = Object.hasOwn(emailOtpWords, wanted) ? (wanted as EmailOtpLanguage) : 'en';
  return { language, direction: rightToLeft.has(language) ? 'rtl' : 'ltr', words: emailOtpWords[language] };
};
