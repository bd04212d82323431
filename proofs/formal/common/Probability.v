(** * Probability: the uniform measure over sign assignments, as an average.

    A coordinate is a triple (layer, row, column); a sign assignment is a function [w : coord ->
    bool]. [E S f w] is the average of [f] over all 2^|S| ways to set the coordinates in the list
    [S], the others staying as in [w]. [E_fraction] says that for a decidable event it is the
    fraction of assignments in the explicit list [assigns S w]. The rest are the rules of
    expectation used everywhere: linearity, monotonicity, the union bound, independence of what is
    not read ([E_sub]), and conditioning on everything outside a set of coordinates ([E_cond]). *)
Require Import ZArith Reals List Lra Lia Psatz Bool Permutation FunctionalExtensionality.
From Pmone Require Import Sums.
Import ListNotations.
Open Scope R_scope.

Definition coord : Type := (nat * nat * nat)%type.
Definition ceq : forall x y : coord, {x = y} + {x <> y}.
Proof. repeat decide equality. Defined.
Definition signs : Type := coord -> bool.
Definition upd (w : signs) c b : signs := fun x => if ceq x c then b else w x.

Fixpoint E (S : list coord) (f : signs -> R) (w : signs) : R :=
  match S with
  | [] => f w
  | c :: S' => (E S' f (upd w c true) + E S' f (upd w c false)) / 2
  end.

(** all assignments on S, the others frozen at w *)
Fixpoint assigns (S : list coord) (w : signs) : list signs :=
  match S with [] => [w] | c :: S' => assigns S' (upd w c true) ++ assigns S' (upd w c false) end.

Definition ind (b : bool) : R := if b then 1 else 0.

Lemma E_app S : forall T f w, E (S ++ T) f w = E S (E T f) w.
Proof. induction S; intros; cbn; auto. rewrite !IHS; auto. Qed.

Lemma upd_comm w c c' b b' : c <> c' -> upd (upd w c b) c' b' = upd (upd w c' b') c b.
Proof.
  intros H. apply functional_extensionality; intros x. unfold upd.
  destruct (ceq x c), (ceq x c'); congruence.
Qed.

Lemma E_perm S T : Permutation S T -> forall f w, E S f w = E T f w.
Proof.
  induction 1; intros; cbn; auto.
  - rewrite !IHPermutation; auto.
  - destruct (ceq x y) as [->|N]; auto.
    rewrite !(upd_comm w x y) by auto. lra.
  - rewrite IHPermutation1; auto.
Qed.

(** [w'] differs from [w] at most on [S] *)
Definition agree (S : list coord) (w w' : signs) := forall c, ~ In c S -> w' c = w c.

Lemma agree_refl S w : agree S w w.
Proof. intros c _; auto. Qed.
Lemma agree_upd c S w w' b : agree S (upd w c b) w' -> agree (c :: S) w w'.
Proof.
  intros H x Hx. rewrite H by (intros X; apply Hx; right; auto).
  unfold upd. destruct (ceq x c); auto. exfalso; apply Hx; left; auto.
Qed.

Lemma E_le S : forall f g w, (forall w', agree S w w' -> f w' <= g w') -> E S f w <= E S g w.
Proof.
  induction S as [|c S IH]; intros f g w H; cbn.
  - apply H, agree_refl.
  - enough (forall b, E S f (upd w c b) <= E S g (upd w c b)) as G
      by (pose proof (G true); pose proof (G false); lra).
    intros b. apply IH. intros w' Hw. apply H. eapply agree_upd; eauto.
Qed.
Lemma E_ext S f g w : (forall w', agree S w w' -> f w' = g w') -> E S f w = E S g w.
Proof. intros H. apply Rle_antisym; apply E_le; intros; rewrite H; auto; lra. Qed.
Lemma E_const S k : forall w, E S (fun _ => k) w = k.
Proof. induction S; intros; cbn; auto. rewrite !IHS; lra. Qed.
Lemma E_plus S f g : forall w, E S (fun w => f w + g w) w = E S f w + E S g w.
Proof. induction S; intros; cbn; auto. rewrite !IHS; lra. Qed.
Lemma E_scal S k f : forall w, E S (fun w => k * f w) w = k * E S f w.
Proof. induction S; intros; cbn; auto. rewrite !IHS; lra. Qed.
Lemma E_rsum {X} S (f : X -> signs -> R) l w : E S (fun w => rsum (fun x => f x w) l) w =
  rsum (fun x => E S (f x) w) l.
Proof. induction l; cbn; [apply E_const|]. rewrite E_plus, IHl. reflexivity. Qed.
(** independence: a factor that is constant along S comes out *)
Lemma E_factor S f g w : (forall w', agree S w w' -> g w' = g w) ->
  E S (fun w' => g w' * f w') w = g w * E S f w.
Proof. intros H. rewrite <- E_scal. apply E_ext. intros w' Hw. rewrite H; auto. Qed.

Lemma ind_and a b : ind (a && b) = ind a * ind b.
Proof. destruct a, b; cbn; lra. Qed.
Lemma ind_or a b : ind (a || b) <= ind a + ind b.
Proof. destruct a, b; cbn; lra. Qed.
Lemma ind_neg a : ind (negb a) = 1 - ind a.
Proof. destruct a; cbn; lra. Qed.
Lemma ind_range a : 0 <= ind a <= 1.
Proof. destruct a; cbn; lra. Qed.

(** ** counting *)
Theorem E_count S f : forall w, E S f w = rsum f (assigns S w) / 2 ^ length S.
Proof.
  induction S as [|c S IH]; intros w; cbn [E assigns length pow rsum].
  - field.
  - rewrite !IH, rsum_app. assert (0 < 2 ^ length S) by (apply pow_lt; lra). field. lra.
Qed.
Lemma assigns_length S : forall w, length (assigns S w) = (2 ^ length S)%nat.
Proof. induction S; intros; cbn; auto. rewrite app_length, !IHS. lia. Qed.
Theorem E_fraction S (P : signs -> bool) w :
  E S (fun w => ind (P w)) w = INR (length (filter P (assigns S w))) / INR (length (assigns S w)).
Proof.
  rewrite E_count, assigns_length, pow_INR. f_equal.
  induction (assigns S w); cbn; auto. rewrite IHl. destruct (P a); cbn [length]; rewrite ?S_INR;
    cbn; lra.
Qed.

(** the list [assigns] has every assignment exactly once *)
Lemma assigns_agree S : forall w w', In w' (assigns S w) -> agree S w w'.
Proof.
  induction S as [|c S IH]; intros w w' H; cbn in H.
  - destruct H as [<-|[]]. apply agree_refl.
  - apply in_app_or in H as [H|H]; apply IH in H; eapply agree_upd; eauto.
Qed.
Theorem assigns_complete S : forall w w', agree S w w' -> In w' (assigns S w).
Proof.
  induction S as [|c S IH]; intros w w' A; cbn.
  - left. apply functional_extensionality. intros x. symmetry. apply A. auto.
  - assert (G : In w' (assigns S (upd w c (w' c)))).
    { apply IH. intros x Hx. unfold upd. destruct (ceq x c) as [->|Ne]; auto. apply A.
      intros [X|X]; congruence. }
    apply in_or_app. destruct (w' c); auto.
Qed.
Theorem assigns_NoDup S : NoDup S -> forall w, NoDup (assigns S w).
Proof.
  induction 1 as [|c S Hc ND IH]; intros w; cbn.
  - repeat constructor; auto.
  - apply NoDup_app_intro; auto. intros w' H1 H2.
    apply assigns_agree in H1, H2. specialize (H1 c Hc). specialize (H2 c Hc).
    unfold upd in *. destruct (ceq c c); congruence.
Qed.

(** ** reading fewer coordinates, conditioning *)
Lemma perm_sub (L D : list coord) : NoDup L -> incl L D -> NoDup D ->
  exists R, Permutation D (L ++ R).
Proof.
  revert D. induction L as [|a L IH]; intros D NL I ND.
  - exists D. auto.
  - inversion_clear NL. destruct (in_split a D (I a (or_introl eq_refl))) as (D1 & D2 & ->).
    pose proof (Permutation_middle D1 D2 a) as PM.
    assert (ND' : NoDup (D1 ++ D2)) by (apply NoDup_remove in ND; tauto).
    destruct (IH (D1 ++ D2)) as [R HR]; auto.
    + intros y Hy. assert (y <> a) by congruence.
      pose proof (I y (or_intror Hy)) as Hi. apply in_app_or in Hi. apply in_or_app.
      destruct Hi as [|[|]]; auto. congruence.
    + exists R. cbn. rewrite <- PM. auto.
Qed.

(** a bound that holds whatever the coordinates outside D are *)
Lemma E_cond (D S : list coord) f b w : NoDup S -> NoDup D -> incl D S ->
  (forall w', E D f w' <= b) -> E S f w <= b.
Proof.
  intros NS ND I H. destruct (perm_sub D S ND I NS) as [R PR].
  rewrite (E_perm _ _ PR), (E_perm _ _ (Permutation_app_comm D R)), E_app.
  rewrite <- (E_const R b w). apply E_le. auto.
Qed.

(** a function that reads only L *)
Lemma E_sub (L D : list coord) f w : NoDup L -> NoDup D -> incl L D ->
  (forall w w', (forall x, In x L -> w' x = w x) -> f w' = f w) -> E D f w = E L f w.
Proof.
  intros NL ND I Hf. destruct (perm_sub L D NL I ND) as [R PR].
  rewrite (E_perm _ _ PR), E_app.
  pose proof (Permutation_NoDup PR ND) as NR. destruct (NoDup_app_inv _ _ NR) as (_ & _ & Dj).
  apply E_ext. intros w1 _. rewrite (E_ext R _ (fun _ => f w1)); [apply E_const|].
  intros w2 A. apply Hf. intros x Hx. apply A. auto.
Qed.

(** ** union bound *)
Lemma ind_existsb {X} (P : X -> bool) l : ind (existsb P l) <= rsum (fun x => ind (P x)) l.
Proof. induction l; cbn; [lra|]. pose proof (ind_or (P a) (existsb P l)). lra. Qed.
Lemma union_bound {X} S (P : X -> signs -> bool) (b : X -> R) l w :
  (forall x, In x l -> E S (fun w => ind (P x w)) w <= b x) ->
  E S (fun w => ind (existsb (fun x => P x w) l)) w <= rsum b l.
Proof.
  intros H. eapply Rle_trans.
  - apply E_le. intros w' _. apply (ind_existsb (fun x => P x w')).
  - rewrite (E_rsum S (fun x w => ind (P x w))). apply rsum_le. auto.
Qed.

(** ** patterns: k prescribed signs have probability 2^-k *)
Definition fits (q : list (coord * bool)) (w : signs) : bool :=
  forallb (fun cb => Bool.eqb (w (fst cb)) (snd cb)) q.

Lemma fits_agree q w w' : (forall c, In c (map fst q) -> w' c = w c) -> fits q w' = fits q w.
Proof.
  intros H. unfold fits. apply forallb_ext_in. intros [c b] Hc. cbn. rewrite H; auto.
  apply in_map_iff. exists (c, b); auto.
Qed.
Lemma fits_app q q' w : fits (q ++ q') w = fits q w && fits q' w.
Proof. unfold fits. apply forallb_app. Qed.
Lemma fits_In q w c b : fits q w = true -> In (c, b) q -> w c = b.
Proof.
  unfold fits. rewrite forallb_forall. intros H Hi. specialize (H _ Hi). cbn in H.
  apply Bool.eqb_prop in H. auto.
Qed.

Lemma E_pattern q : NoDup (map fst q) -> forall w, E (map fst q) (fun w => ind (fits q w)) w =
  (1/2) ^ length q.
Proof.
  induction q as [|[c b] q IH]; intros ND w; cbn [map fst E fits forallb length pow]; auto.
  cbn in ND. inversion_clear ND.
  assert (G : forall b0, E (map fst q) (fun w => ind (Bool.eqb (w c) b && fits q w)) (upd w c b0)
     = ind (Bool.eqb b0 b) * (1/2) ^ length q).
  { intros b0. rewrite <- (IH H0 (upd w c b0)).
    replace (ind (Bool.eqb b0 b)) with (ind (Bool.eqb (upd w c b0 c) b))
      by (unfold upd; destruct (ceq c c); congruence).
    rewrite <- (E_factor _ _ (fun w => ind (Bool.eqb (w c) b))).
    - apply E_ext. intros; apply ind_and.
    - intros w' Hw. rewrite (Hw c); auto. }
  cbn [snd]. fold (fits q). 
  change (fun w0 : signs => ind (Bool.eqb (w0 c) b && forallb (fun cb =>
    Bool.eqb (w0 (fst cb)) (snd cb)) q))
    with (fun w0 => ind (Bool.eqb (w0 c) b && fits q w0)).
  rewrite !G. destruct b; cbn; lra.
Qed.
