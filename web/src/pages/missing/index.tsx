import { Signpost } from "lucide-react";
import { ButtonLink } from "@/components/button";
import { Notice } from "@/components/notice";
import { useTitle } from "@/lib/use_title";
import { useStrings } from "@/strings";

export default function MissingPage() {
  const { missing } = useStrings();
  useTitle(missing.title);
  return (
    <Notice
      icon={<Signpost />}
      title={missing.title}
      action={
        <ButtonLink to="/" look="main">
          {missing.home}
        </ButtonLink>
      }
    >
      {missing.text}
    </Notice>
  );
}
