"""What the stories of the bench say: sentences put together from parts, with names that are seldom and words that are not."""

from random import Random

TOPICS = {
    "en": ["Housing", "Food", "Energy", "Care", "Land", "Money", "Work", "Schools", "Water", "Transport", "Tools", "Seeds"],
    "es": ["Vivienda", "Alimentación", "Energía", "Cuidados", "Tierra", "Dinero", "Trabajo", "Escuelas", "Agua", "Transporte", "Herramientas", "Semillas"],
    "fr": ["Logement", "Alimentation", "Énergie", "Soin", "Terre", "Argent", "Travail", "Écoles", "Eau", "Transports", "Outils", "Semences"],
}  # fmt: skip

WHO = {
    "en": ["The assembly", "The bakery", "The housing co-operative", "The neighbourhood", "A group of carers", "The mill's members", "The school kitchen", "The network", "The council of the valley", "The seed library"],
    "es": ["La asamblea", "La panadería", "La cooperativa de vivienda", "El barrio", "Un grupo de cuidadoras", "Las socias del molino", "La cocina de la escuela", "La red", "El consejo del valle", "El banco de semillas"],
    "fr": ["L'assemblée", "La boulangerie", "La coopérative d'habitation", "Le quartier", "Un groupe d'aidantes", "Les membres du moulin", "La cantine de l'école", "Le réseau", "Le conseil de la vallée", "La grainothèque"],
}  # fmt: skip

DID = {
    "en": ["voted for", "bought together", "opened", "rebuilt", "shares", "has argued for years about", "wrote down the rules of", "mended", "teaches the management of", "counted"],
    "es": ["votó", "compró en común", "abrió", "reconstruyó", "comparte", "discute desde hace años sobre", "escribió las reglas de", "reparó", "enseña la gestión de", "contó"],
    "fr": ["a voté pour", "a acheté ensemble", "a ouvert", "a reconstruit", "partage", "discute depuis des années de", "a écrit les règles de", "a réparé", "enseigne la gestion de", "a compté"],
}  # fmt: skip

WHAT = {
    "en": ["the old mill", "a shared oven", "forty flats", "its own electricity", "the common land", "a fund for bad years", "the tool shed", "the water of the valley", "a ferry", "the evening school"],
    "es": ["el viejo molino", "un horno común", "cuarenta pisos", "su propia electricidad", "las tierras comunales", "un fondo para los años malos", "el taller", "el agua del valle", "una barca", "la escuela nocturna"],
    "fr": ["le vieux moulin", "un four commun", "quarante logements", "sa propre électricité", "les terres communes", "un fonds pour les mauvaises années", "l'atelier", "l'eau de la vallée", "un bac", "l'école du soir"],
}  # fmt: skip

HOW = {
    "en": ["after three winters", "with everybody's consent", "without a loan", "as {name} had proposed", "because nobody else would", "and {name} kept the books", "on a Thursday in {town}", "like the people of {town}"],
    "es": ["después de tres inviernos", "con el consentimiento de todas", "sin crédito", "como había propuesto {name}", "porque nadie más quería", "y {name} llevó las cuentas", "un jueves en {town}", "como la gente de {town}"],
    "fr": ["après trois hivers", "avec le consentement de toutes", "sans emprunt", "comme {name} l'avait proposé", "parce que personne d'autre ne voulait", "et {name} a tenu les comptes", "un jeudi à {town}", "comme les gens de {town}"],
}  # fmt: skip

_SYLLABLES = ["ba", "cor", "del", "en", "fa", "gro", "hal", "ir", "jo", "ka", "lun", "mor", "na", "os", "per", "ro", "sil", "tam", "ul", "ver"]  # fmt: skip


def name(chance: Random) -> str:
    """One of 8,000 surnames, so that some word of every story is seldom."""
    return "".join(chance.choices(_SYLLABLES, k=3)).capitalize()


class Teller:
    """Tells one story: of two of those who do things, and of two things, so that a word is in some stories, not in all."""

    def __init__(self, chance: Random, language: str) -> None:
        self.chance = chance
        self.parts = [
            chance.sample(WHO[language], 2),
            chance.sample(DID[language], 4),
            chance.sample(WHAT[language], 2),
            chance.sample(HOW[language], 5),
        ]

    def sentence(self) -> str:
        who, did, what, how = (self.chance.choice(part) for part in self.parts)
        return f"{who} {did} {what} {how.format(name=name(self.chance), town=name(self.chance))}."

    def headline(self) -> str:
        return self.sentence().removesuffix(".")

    def paragraph(self, *, sentences: int) -> str:
        return " ".join(self.sentence() for _number in range(sentences))
