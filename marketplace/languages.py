"""Living languages by their two-letter codes of ISO 639-1, under their English names."""

from __future__ import annotations

_TABLE = """
ab Abkhazian | aa Afar | af Afrikaans | ak Akan | sq Albanian | am Amharic | ar Arabic | an Aragonese | hy Armenian
| as Assamese | av Avaric | ay Aymara | az Azerbaijani | bm Bambara | ba Bashkir | eu Basque | be Belarusian | bn
Bengali | bi Bislama | bs Bosnian | br Breton | bg Bulgarian | my Burmese | ca Catalan | ch Chamorro | ce Chechen |
ny Chichewa | zh Chinese | cv Chuvash | kw Cornish | co Corsican | cr Cree | hr Croatian | cs Czech | da Danish | dv
Divehi | nl Dutch | dz Dzongkha | en English | et Estonian | ee Ewe | fo Faroese | fj Fijian | fi Finnish | fr
French | ff Fulah | gl Galician | lg Ganda | ka Georgian | de German | el Greek | gn Guarani | gu Gujarati | ht
Haitian | ha Hausa | he Hebrew | hz Herero | hi Hindi | ho Hiri Motu | hu Hungarian | is Icelandic | ig Igbo | id
Indonesian | iu Inuktitut | ik Inupiaq | ga Irish | it Italian | ja Japanese | jv Javanese | kl Kalaallisut | kn
Kannada | kr Kanuri | ks Kashmiri | kk Kazakh | km Khmer | ki Kikuyu | rw Kinyarwanda | ky Kirghiz | kv Komi | kg
Kongo | ko Korean | kj Kuanyama | ku Kurdish | lo Lao | lv Latvian | li Limburgish | ln Lingala | lt Lithuanian | lu
Luba-Katanga | lb Luxembourgish | mk Macedonian | mg Malagasy | ms Malay | ml Malayalam | mt Maltese | gv Manx | mi
Maori | mr Marathi | mh Marshallese | mn Mongolian | na Nauru | nv Navajo | ng Ndonga | ne Nepali | nd Ndebele,
North | nr Ndebele, South | se Northern Sami | no Norwegian | oc Occitan | oj Ojibwa | or Oriya | om Oromo | os
Ossetian | pa Punjabi | ps Pashto | fa Persian | pl Polish | pt Portuguese | qu Quechua | ro Romanian | rm Romansh |
rn Rundi | ru Russian | sm Samoan | sg Sango | sc Sardinian | gd Scottish Gaelic | sr Serbian | sn Shona | ii
Sichuan Yi | sd Sindhi | si Sinhala | sk Slovak | sl Slovenian | so Somali | st Sotho | es Spanish | su Sundanese |
sw Swahili | ss Swati | sv Swedish | tl Tagalog | ty Tahitian | tg Tajik | ta Tamil | tt Tatar | te Telugu | th Thai
| bo Tibetan | ti Tigrinya | to Tonga | ts Tsonga | tn Tswana | tr Turkish | tk Turkmen | tw Twi | ug Uighur | uk
Ukrainian | ur Urdu | uz Uzbek | ve Venda | vi Vietnamese | wa Walloon | cy Welsh | fy Western Frisian | wo Wolof |
xh Xhosa | yi Yiddish | yo Yoruba | za Zhuang | zu Zulu
"""

LANGUAGES: dict[str, str] = {row.strip()[:2]: " ".join(row.split()[1:]) for row in _TABLE.split("|")}
"""Name by code, in the order of the names."""
