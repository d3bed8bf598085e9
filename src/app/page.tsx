import { redirect } from "next/navigation";
import { places } from "./(main)/places.tsx";

export default function Home() {
  redirect(places[0].href);
}
