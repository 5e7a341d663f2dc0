"""Who gets mail: a crowd of recipients with data that picks their adverts."""

import csv
from dataclasses import dataclass

DOMAINS = ["one.test", "uno.test", "two.test", "three.test", "four.test",
           "five.test", "cinco.test"]
NAMES = ["Ada", "Zoë", "Jürgen", "Chloé", "Søren", "Łukasz", "Мария", "花子",
         "Nikos", "Ingrid"]
LANGS = ["en", "de", "en", "fr"]


@dataclass
class Part:
    smtp: list
    sendmail: list
    together: list  # three to a stub


class Crowd:
    """stubs: messages handed in; a tenth of them go to three people each."""

    def __init__(self, stubs):
        self.together = stubs // 10 * 3
        self.sendmail = stubs // 10
        self.smtp = stubs - 2 * (stubs // 10)
        total = self.together + self.sendmail + self.smtp
        self.everybody = [f"p{i:04d}@{DOMAINS[i % len(DOMAINS)]}"
                          for i in range(total)]

    def write(self, path):
        with open(path, "w", newline="", encoding="utf-8") as f:
            out = csv.writer(f)
            out.writerow(["email", "first_name", "lang", "city", "coupon",
                          "interest"])
            for i, address in enumerate(self.everybody):
                out.writerow([address, NAMES[i % len(NAMES)],
                              LANGS[i % len(LANGS)],
                              "" if i % 3 else "Littlemoor",
                              f"FF-{1000 + i}" if i % 4 else "",
                              "jazz" if i % 2 else ""])

    def parts(self):
        """Half, a quarter (while a gateway is away), a quarter."""
        smtp = self.everybody[:self.smtp]
        sendmail = self.everybody[self.smtp:self.smtp + self.sendmail]
        groups = [self.everybody[i:i + 3] for i in range(
            self.smtp + self.sendmail, len(self.everybody), 3)]

        def cut(things):
            half, three = len(things) // 2, len(things) * 3 // 4
            return things[:half], things[half:three], things[three:]

        return [Part(a, b, [r for g in c for r in g]) for a, b, c in
                zip(cut(smtp), cut(sendmail), cut(groups))]
