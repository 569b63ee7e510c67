import { languageName } from '../app/format';

const tags =
  'en es fr de pt it nl pl ro ru uk ar fa ur hi bn pa ta te gu mr zh yue vi ko ja tl th tr el he am so sw ha yo ig ht sq bs sr hr bg cs hu ne my km id ase bfi'.split(
    ' ',
  );

/** BCP 47 tags with their names in the language of the screen, sorted by name. */
export function spokenLanguages(): { tag: string; name: string }[] {
  return tags.map((tag) => ({ tag, name: languageName(tag) })).sort((a, b) => a.name.localeCompare(b.name));
}
