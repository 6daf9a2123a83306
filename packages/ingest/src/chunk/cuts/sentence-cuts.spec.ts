import { describe, expect, it } from '@jest/globals';
import { PARAGRAPHS } from '../../fixtures/texts.js';
import type { SentenceLanguage } from './abbreviations.js';
import { sentenceCuts } from './sentence-cuts.js';

function sentencesOf(text: string, language?: SentenceLanguage): string[] {
  const cuts = sentenceCuts(language)(text, { start: 0, end: text.length });
  const places = [0];
  for (let next = cuts.next(); !next.done; next = cuts.next()) places.push(next.value);
  return places.map((place, i) => text.slice(place, places[i + 1]).trim());
}

describe('U2: sentences', () => {
  it.each<[keyof typeof PARAGRAPHS, string[]]>([
    ['english', ['Dr. Smith went to Washington on Jan. 5.', 'He met Mrs. Jones, e.g. for lunch!', 'Did they agree?', '"Yes."', 'They did.']],
    ['french', ['M. Dupont est arrivé à 8 h.', 'Il a dit : « Bonjour ! »', 'Puis il est reparti.', 'L’été fut long…']],
    ['spanish', ['¿Dónde está el niño?', '¡Allí!', 'El Sr. García vive en la Avda. de América.', 'Hoy no trabaja.']],
    ['russian', ['В 1812 г. началась война.', 'Профессор пришёл домой.', 'Что дальше?', 'Никто не знает.']],
    ['chinese', ['北京大学是一所著名的大学。', '学生们在图书馆里学习！', '你明天来吗？', '我们一起去吃饭吧。']],
    ['japanese', ['吾輩は猫である。', '名前はまだ無い。', 'どこで生れたか見当がつかぬ。', '「何でも薄暗い所で泣いていた」と記憶している。']],
    ['korean', ['대한민국의 수도는 서울이다.', '한강은 도시를 가로질러 흐른다.', '오늘은 날씨가 좋습니까?']],
    ['arabic', ['ذهب الولد إلى المدرسة.', 'هل أكل الطعام؟', 'نعم، أكله كله!', 'ثم عاد إلى البيت.']],
    ['hebrew', ['הילד הלך לבית הספר.', 'האם הוא אכל?', 'כן!', 'אחר כך הוא חזר הביתה.']],
    ['hindi', ['मेरा नाम राम है।', 'मैं दिल्ली में रहता हूँ।', 'आप कैसे हैं?', 'सब ठीक है।']],
    ['thai', ['ประเทศไทยมีเมืองหลวงคือกรุงเทพมหานคร', 'เด็กๆไปโรงเรียนทุกวัน', 'วันนี้อากาศดีมาก']],
    ['burmese', ['မြန်မာနိုင်ငံသည် အရှေ့တောင်အာရှတွင် ရှိသည်။', 'ရန်ကုန်သည် အကြီးဆုံးမြို့ ဖြစ်သည်။']],
    ['emoji', ['Hi 👋🏽!', 'The family 👨‍👩‍👧‍👦 waved 🏳️‍🌈.', 'Flags: 🇩🇪🇫🇷🇯🇵.', 'Done 😀😀😀.']],
  ])('of %s end where its readers end them', (language, sentences) => {
    expect(sentencesOf(PARAGRAPHS[language])).toEqual(sentences);
  });

  it('do not end at the ordinals and abbreviations of a language that is named', () => {
    expect(sentencesOf(PARAGRAPHS.german, 'de')).toEqual([
      'Am 3. Oktober trafen sich Herr Dr. Meier und Frau Prof. Weiß, z.B. zum Essen.',
      'Die Straßenbahn fuhr bis zum Größenwahn.',
      'Danach war Ruhe.',
    ]);
    expect(sentencesOf('Wir waren am 3. Oktober da.')).toHaveLength(2);
  });

  it('end with a semicolon in Greek only', () => {
    expect(sentencesOf(PARAGRAPHS.greek, 'el')).toEqual(['Πού πας;', 'Πάω σπίτι.', 'Ο κ. Παπαδόπουλος είναι εδώ.']);
    expect(sentencesOf('He came; She left.')).toEqual(['He came; She left.']);
  });

  it('go on over the end of a line, and end at an empty one', () => {
    expect(sentencesOf('He came\nlate. He\r\nleft')).toEqual(['He came\nlate.', 'He\r\nleft']);
    expect(sentencesOf('A title\n\nA text')).toEqual(['A title', 'A text']);
  });

  it('do not end inside of numbers, versions, addresses and initials', () => {
    expect(sentencesOf('Pay 3.50 for v1.2.3 at www.example.com to J. R. Smith of the U.S. Army now.')).toHaveLength(1);
  });
});
