"""Makes the tokenizers here and records what the `tokenizers` and `sentencepiece` libraries make of texts."""

import io
import json
import pathlib
import random
import struct
import sys

import sentencepiece as spm
from sentencepiece import sentencepiece_model_pb2 as proto
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers
from tokenizers import pre_tokenizers as pre
from tokenizers import processors, trainers

OUT = pathlib.Path(sys.argv[1])
CORPUS = pathlib.Path(sys.argv[2]).read_text().splitlines()[:400]
CORPUS = [line[:2000] for line in CORPUS]
EXTRA = (
    "Ein Café in Köln, naïve façade, Ærøskøbing. 東京は日本の首都です。北京是中国的首都。 Привет, мир! "
    "Γειά σου Κόσμε. مرحبا بالعالم. שלום עולם. 안녕하세요 세계. สวัสดีชาวโลก. नमस्ते दुनिया 🙂🎉 1234567890"
).split(" ")

TEXTS = [
    "", " ", "   ", "\t", "\n", "\r\n", " \t\n ", "a", " a", "a ", "  a  b  ", "Hello, world!", "The economy grew by 3.5% in 1999.",
    "HELLO World", "the population's growth rate isn't known", "don't can't I'm you've", "a\nb\r\nc\td", "line one\n\nline two\n",
    "Café naïve façade", "Cafe\u0301 nai\u0308ve", "e\u0301e\u0301e", "\u0301a", "x\u0302\u0323\u0304y", "ＦＵＬＬ ｗｉｄｔｈ １２３", "ﬁne ﬂow ﬁ\u0301n", "①②③ Ⅷ ½ ㎏",
    "東京は日本の首都です。", "北京 is the capital of 中国", "ｶﾞｷﾞｸﾞ カ\u3099キ", "한국어 텍스트 \u1112\u1161\u11ab", "Привет, мир!", "Γειά ΣΟΦΟΣ σοφός", "İstanbul ıI ẞß", "مرحبا بالعالم", "שָׁלוֹם", "नमस्ते दुनिया", "สวัสดี",
    "🙂", "👨‍👩‍👧‍👦 family 👍🏽", "🇩🇪🇫🇷", "a🙂b", "𝕳𝖊𝖑𝖑𝖔 𠀀𠀁", "zero\u200bwidth\u200djoin\ufeffbom", "soft\u00adhyphen", "nb\u00a0space\u2003em\u3000wide", "a\u0000b", "a\u0001\u0008b\u007f\u0085c\u009f",
    "\ufffd\ufffd x \ufffd", "\u2028line\u2029para", "private \ue000\ue001 \U0010fffd", "\u0378\U000e0041", "\u2581a \u2581\u2581b", "\u2581", "``quoted'' \u201ctext\u201d \u2013 dash\u2014", "$100 + 50% = ~x^2 <tag> `c` |p|",
    "snake_case CamelCase kebab-case a.b.c http://x.org/?q=1&r=2", "a" * 60, "b" * 101, "aaa aa a " * 5, "unknown:\u16a0\u16a1\u16a2\u16a3 rune\u16a4", "12345678901234567890", "((((())))))...!!!???", "...、。，!?؟ a،b", "word " * 40,
    "a" + " " * 7 + "b", "  \n  indented:\n\tx = 1\n", "\u00e9\u00e8\u00ea\u00eb \u00c5ngstr\u00f6m \u212b \u212a", "\u1e9b\u0323 \ufb03", "q\u0307\u0323", "a\r\nb\rc", "end.",
]


def random_texts(alphabet, count, seed):
    rng = random.Random(seed)
    return ["".join(rng.choice(alphabet) for _ in range(rng.randint(1, 24))) for _ in range(count)]


ALPHABET = [" ", " ", "a", "e", "t", "h", "he", "in", "s", "E", "\u0301", "\u0308", "é", "中", "🙂", "\n", "\t", ".", ",", "'", "1", "\u200b", "ﬁ", "\u2581", "ㄱ", "\u3099", "か"]


def decoded(tokenizer, ids):
    """The text without special tokens, but with those for gaps and modes."""
    special = {i for i, t in tokenizer.get_added_tokens_decoder().items() if t.special and not (t.content.startswith("<extra_id_") or t.content == "[S2S]")}
    return tokenizer.decode([i for i in ids if i not in special], skip_special_tokens=False)


def write(name, tokenizer, tokens=(), config=None, model=None):
    folder = OUT / name
    folder.mkdir(parents=True, exist_ok=True)
    raw = json.loads(tokenizer.to_str())
    (folder / "tokenizer.json").write_text(json.dumps(raw, ensure_ascii=False, separators=(",", ":")) + "\n")
    if config is not None:
        (folder / "tokenizer_config.json").write_text(json.dumps(config) + "\n")
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    texts = TEXTS + random_texts(ALPHABET, 60, 1)
    for token in tokens:
        texts += [token, f"a{token}b", f" a {token} b ", f"x\n {token}\t\n y", f"{token}{token}", f"_{token}_", f"é{token}\u0301", token.lower(), token.upper(), token[:-1], f"{token} ", f" {token}"]
    texts += random_texts(ALPHABET + list(tokens), 60, 2) if tokens else []
    with open(folder / "cases.jsonl", "w") as out:
        for text in dict.fromkeys(texts):
            plain = tokenizer.encode(text, add_special_tokens=False).ids
            case = {"text": text, "ids": plain, "all": tokenizer.encode(text).ids, "decoded": decoded(tokenizer, plain)}
            if model is not None:
                case["sentencepiece"] = model.encode(text)
            out.write(json.dumps(case) + "\n")


def sentencepieces(size, **options):
    out = io.BytesIO()
    spm.SentencePieceTrainer.train(
        sentence_iterator=iter(CORPUS + EXTRA), model_writer=out, vocab_size=size, model_type="unigram",
        character_coverage=0.9995, num_threads=1, minloglevel=2, **options)
    model = spm.SentencePieceProcessor(model_proto=out.getvalue())
    parsed = proto.ModelProto()
    parsed.ParseFromString(out.getvalue())
    return model, [(p.piece, p.score) for p in parsed.pieces], parsed.normalizer_spec.precompiled_charsmap


def unigram(pieces, unk, charsmap, normalizer, cut, byte_fallback=False):
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=unk, byte_fallback=byte_fallback))
    steps = [normalizers.Precompiled(charsmap)] if charsmap else []
    steps += normalizer
    tokenizer.normalizer = steps[0] if len(steps) == 1 else normalizers.Sequence(steps)
    tokenizer.pre_tokenizer = cut
    return tokenizer


def words(scheme="always"):
    return pre.Sequence([pre.WhitespaceSplit(), pre.Metaspace("▁", prepend_scheme=scheme)])


def special(text, **flags):
    return AddedToken(text, special=True, normalized=False, **flags)


def t5():
    model, pieces, charsmap = sentencepieces(700, pad_id=0, eos_id=1, unk_id=2, bos_id=-1)
    sentinels = [f"<extra_id_{i}>" for i in range(19, -1, -1)]
    tokenizer = unigram(pieces + [(s, 0.0) for s in sentinels], 2, charsmap, [], words())
    tokenizer.decoder = decoders.Metaspace("▁", prepend_scheme="always")
    tokenizer.add_special_tokens([special(s) for s in ["<pad>", "</s>", "<unk>"] + sentinels])
    tokenizer.post_processor = processors.TemplateProcessing("$A </s>", "$A </s> $B </s>", [("</s>", 1)])
    write("t5", tokenizer, ["<extra_id_0>", "</s>"], {"eos_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>"}, model)


RULES = [("\uff21", "A"), ("e\u0301", "\u00e9"), ("\ufb01", "fi"), ("\t", " "), ("\n", " "), ("\r", " "), ("\u3000", " "), ("\u00a0", " "), ("\u4e2d", "\u570b"), ("\u304b\u3099", "\u304c"), ("ad", "AD"), ("add", "+"), ("\u200b", "")]


def small_map(**options):
    rules = OUT / "rules.tsv"
    rules.write_text("".join(" ".join(f"{ord(c):X}" for c in a) + "\t" + " ".join(f"{ord(c):X}" for c in b) + "\n" for a, b in dict(RULES).items()))
    result = sentencepieces(normalization_rule_tsv=str(rules), **options)
    rules.unlink()
    return result


def ul2():
    model, pieces, charsmap = small_map(
        size=800, pad_id=0, eos_id=1, unk_id=2, bos_id=-1, byte_fallback=True, user_defined_symbols=["[NLU]", "[NLG]"])
    sentinels = [f"<extra_id_{i}>" for i in range(9, -1, -1)]
    tokenizer = unigram(pieces + [(s, 0.0) for s in sentinels] + [("[S2S]", 0.0)], 2, charsmap, [normalizers.Replace(Regex(" {2,}"), " ")],
                        pre.Metaspace("▁", prepend_scheme="first"), byte_fallback=True)
    tokenizer.decoder = decoders.Sequence([decoders.ByteFallback(), decoders.Metaspace("▁", prepend_scheme="first")])
    tokenizer.add_special_tokens([special(s, lstrip=True, rstrip=True) for s in sentinels])
    tokenizer.add_special_tokens([special(s) for s in ["<pad>", "</s>", "<unk>", "[S2S]"]])
    tokenizer.add_tokens([AddedToken(s, normalized=False) for s in ["[NLU]", "[NLG]"]])
    tokenizer.post_processor = processors.TemplateProcessing("$A </s>", "$A </s> $B </s>", [("</s>", 1)])
    write("ul2", tokenizer, ["<extra_id_0>", "[NLU]", "[S2S]"], {"eos_token": "</s>"})


def xlmr():
    model, pieces, charsmap = small_map(size=600, bos_id=0, pad_id=1, eos_id=2, unk_id=3)
    tokenizer = unigram(pieces + [("<mask>", 0.0)], 3, charsmap, [normalizers.Replace(Regex(" {2,}"), " ")], words())
    tokenizer.decoder = decoders.Metaspace("▁", prepend_scheme="always")
    tokenizer.add_special_tokens([special(s) for s in ["<s>", "<pad>", "</s>", "<unk>"]] + [special("<mask>", lstrip=True)])
    tokenizer.post_processor = processors.TemplateProcessing("<s> $A </s>", "<s> $A </s> </s> $B </s>", [("<s>", 0), ("</s>", 2)])
    config = {"bos_token": "<s>", "cls_token": "<s>", "eos_token": "</s>", "sep_token": "</s>", "mask_token": "<mask>"}
    write("xlm-roberta", tokenizer, ["<mask>", "<s>"], config, model)


def albert():
    """No charsmap: the steps of text that other Unigram tokenizers have."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence([
        normalizers.Nmt(), normalizers.Replace("``", '"'), normalizers.Replace("''", '"'), normalizers.NFKD(), normalizers.StripAccents(),
        normalizers.Lowercase(), normalizers.Strip(left=True, right=True), normalizers.Replace(Regex(" {2,}"), " ")])
    tokenizer.pre_tokenizer = pre.Metaspace("▁", prepend_scheme="always")
    trainer = trainers.UnigramTrainer(vocab_size=600, special_tokens=["<pad>", "<unk>", "[CLS]", "[SEP]"], unk_token="<unk>", show_progress=False)
    tokenizer.train_from_iterator(CORPUS + EXTRA, trainer)
    raw = json.loads(tokenizer.to_str())
    for piece in raw["model"]["vocab"]:
        piece[1] = struct.unpack("f", struct.pack("f", piece[1]))[0]
    tokenizer = Tokenizer.from_str(json.dumps(raw))
    tokenizer.decoder = decoders.Metaspace("▁", prepend_scheme="always")
    tokenizer.add_tokens([AddedToken("new", normalized=True), AddedToken("word", normalized=True, single_word=True), AddedToken("ea", normalized=True, lstrip=True, rstrip=True)])
    tokenizer.post_processor = processors.TemplateProcessing("[CLS] $A [SEP]", "[CLS] $A [SEP] $B [SEP]", [("[CLS]", 2), ("[SEP]", 3)])
    config = {"cls_token": "[CLS]", "sep_token": "[SEP]", "bos_token": "[CLS]", "eos_token": "[SEP]"}
    write("albert", tokenizer, ["new", "word", "ea"], config)


def bert(name, lowercase, post):
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(clean_text=True, handle_chinese_chars=True, strip_accents=None, lowercase=lowercase)
    tokenizer.pre_tokenizer = pre.BertPreTokenizer()
    trainer = trainers.WordPieceTrainer(vocab_size=700, special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"], show_progress=False)
    tokenizer.train_from_iterator(CORPUS + EXTRA, trainer)
    tokenizer.decoder = decoders.WordPiece("##", cleanup=False)
    tokenizer.post_processor = post
    config = {"cls_token": "[CLS]", "sep_token": "[SEP]", "mask_token": "[MASK]", "pad_token": "[PAD]", "unk_token": "[UNK]"}
    write(name, tokenizer, ["[MASK]", "[SEP]"], config)


def bytes_of(size, specials, cut, normalizer=None):
    tokenizer = Tokenizer(models.BPE())
    if normalizer:
        tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = cut
    trainer = trainers.BpeTrainer(vocab_size=size, special_tokens=specials, initial_alphabet=pre.ByteLevel.alphabet(), show_progress=False)
    tokenizer.train_from_iterator(CORPUS + EXTRA, trainer)
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def modernbert():
    tokenizer = bytes_of(420, ["<|padding|>", "<|endoftext|>"], pre.ByteLevel(add_prefix_space=False), normalizers.NFC())
    tokenizer.add_tokens([AddedToken("|||IP_ADDRESS|||", normalized=True)] + [AddedToken(" " * n, normalized=True) for n in range(8, 1, -1)])
    tokenizer.add_special_tokens([special(s) for s in ["[UNK]", "[CLS]", "[SEP]", "[PAD]"]] + [special("[MASK]", lstrip=True)])
    tokenizer.add_tokens([AddedToken("tail", normalized=False, rstrip=True), AddedToken("one", normalized=True, single_word=True)])
    ids = [(t, tokenizer.token_to_id(t)) for t in ["[CLS]", "[SEP]"]]
    tokenizer.post_processor = processors.TemplateProcessing("[CLS] $A [SEP]", "[CLS] $A [SEP] $B [SEP]", ids)
    config = {"cls_token": "[CLS]", "sep_token": "[SEP]", "mask_token": "[MASK]", "pad_token": "[PAD]", "unk_token": "[UNK]"}
    write("modernbert", tokenizer, ["[MASK]", "|||IP_ADDRESS|||", "tail", "one"], config)


def gpt_neox():
    tokenizer = bytes_of(400, ["<|endoftext|>", "<|padding|>"], pre.ByteLevel(add_prefix_space=False), normalizers.NFC())
    tokenizer.add_tokens([AddedToken(" " * n, normalized=True) for n in range(6, 1, -1)])
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=True)
    config = {"bos_token": "<|endoftext|>", "eos_token": "<|endoftext|>", "unk_token": "<|endoftext|>"}
    write("gpt-neox", tokenizer, ["<|endoftext|>"], config)


def gpt2():
    tokenizer = bytes_of(400, ["<|endoftext|>"], pre.ByteLevel(add_prefix_space=False))
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    write("gpt2", tokenizer, ["<|endoftext|>"], {"bos_token": "<|endoftext|>", "eos_token": "<|endoftext|>", "add_prefix_space": False})


def opt():
    tokenizer = bytes_of(400, ["<s>", "<pad>", "</s>", "<unk>"], pre.ByteLevel(add_prefix_space=False))
    tokenizer.post_processor = processors.TemplateProcessing("</s> $A", "</s> $A </s> $B", [("</s>", 2)])
    write("opt", tokenizer, ["</s>"], {"bos_token": "</s>", "eos_token": "</s>", "add_bos_token": True})


def roberta():
    tokenizer = bytes_of(400, ["<s>", "<pad>", "</s>", "<unk>"], pre.ByteLevel(add_prefix_space=False))
    tokenizer.add_special_tokens([special("<mask>", lstrip=True)])
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), trim_offsets=True, add_prefix_space=False)
    config = {"bos_token": "<s>", "cls_token": "<s>", "eos_token": "</s>", "sep_token": "</s>", "mask_token": "<mask>"}
    write("roberta", tokenizer, ["<mask>", "</s>"], config)


def bloom():
    cut = pre.Sequence([pre.Split(Regex(r" ?[^(\s|[.,!?…。，、।۔،])]+"), "isolated"), pre.ByteLevel(add_prefix_space=False, use_regex=False)])
    tokenizer = bytes_of(420, ["<unk>", "<s>", "</s>", "<pad>"], cut)
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    write("bloom", tokenizer, ["</s>"], {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>"})


OUT.mkdir(parents=True, exist_ok=True)
t5()
ul2()
xlmr()
albert()
bert("bert-uncased", True, processors.TemplateProcessing("[CLS] $A [SEP]", "[CLS] $A [SEP] $B:1 [SEP]:1", [("[CLS]", 2), ("[SEP]", 3)]))
bert("bert-cased", False, processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2)))
modernbert()
gpt_neox()
gpt2()
opt()
roberta()
bloom()
