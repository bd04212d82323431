(** * Sums: finite sums of reals over lists, ReLU, and small facts about lists.

    Nothing here carries a label. [rsum f l] is the sum of [f a] over the list [l]; [relu z] is
    max(0, z); [mem c l] says whether the number [c] is in [l]. The one lemma with a role of its own
    is [rsum_kept]: a sum over all columns with a 0/1 mask is the sum over the kept columns. *)
Require Import ZArith Reals List Lra Lia Bool Permutation.
Import ListNotations.
Open Scope R_scope.

Section RSum.
Context {A : Type}.
Fixpoint rsum (f : A -> R) (l : list A) : R :=
  match l with [] => 0 | a :: l' => f a + rsum f l' end.

Lemma rsum_plus f g l : rsum (fun a => f a + g a) l = rsum f l + rsum g l.
Proof. induction l; cbn; [lra|rewrite IHl; lra]. Qed.
Lemma rsum_minus f g l : rsum (fun a => f a - g a) l = rsum f l - rsum g l.
Proof. induction l; cbn; [lra|rewrite IHl; lra]. Qed.
Lemma rsum_scal c f l : rsum (fun a => c * f a) l = c * rsum f l.
Proof. induction l; cbn; [lra|rewrite IHl; lra]. Qed.
Lemma rsum_ext f g l : (forall a, In a l -> f a = g a) -> rsum f l = rsum g l.
Proof.
  induction l; intros H; cbn; auto. rewrite H by (left; auto). rewrite IHl; auto.
  intros; apply H; right; auto.
Qed.
Lemma rsum_le f g l : (forall a, In a l -> f a <= g a) -> rsum f l <= rsum g l.
Proof.
  induction l; intros H; cbn; [lra|]. pose proof (H a (or_introl eq_refl)).
  assert (rsum f l <= rsum g l) by (apply IHl; intros; apply H; right; auto). lra.
Qed.
Lemma rsum_0 l : rsum (fun _ => 0) l = 0.
Proof. induction l; cbn; lra. Qed.
Lemma rsum_zero f l : (forall a, In a l -> f a = 0) -> rsum f l = 0.
Proof. intros H. rewrite (rsum_ext f (fun _ => 0)) by auto. apply rsum_0. Qed.
Lemma rsum_nonneg f l : (forall a, In a l -> 0 <= f a) -> 0 <= rsum f l.
Proof. intros H. rewrite <- (rsum_0 l). apply rsum_le; auto. Qed.
Lemma rsum_abs f l : Rabs (rsum f l) <= rsum (fun a => Rabs (f a)) l.
Proof.
  induction l; cbn; [rewrite Rabs_R0; lra|].
  pose proof (Rabs_triang (f a) (rsum f l)). lra.
Qed.
Lemma rsum_const c l : rsum (fun _ => c) l = INR (length l) * c.
Proof. induction l; [cbn; lra|]. cbn [rsum length]. rewrite IHl, S_INR. lra. Qed.
Lemma rsum_le_const f l c : (forall a, In a l -> f a <= c) -> rsum f l <= INR (length l) * c.
Proof. intros H. rewrite <- rsum_const. apply rsum_le; auto. Qed.
Lemma rsum_app f l l' : rsum f (l ++ l') = rsum f l + rsum f l'.
Proof. induction l; cbn; [lra|rewrite IHl; lra]. Qed.
Lemma rsum_in f l a : (forall x, In x l -> 0 <= f x) -> In a l -> f a <= rsum f l.
Proof.
  induction l as [|x l IH]; intros H Ha; [easy|]. cbn.
  pose proof (H x (or_introl eq_refl)). assert (0 <= rsum f l) by (apply rsum_nonneg; intros;
    apply H; right; auto).
  destruct Ha as [->|Ha]; [lra|]. assert (f a <= rsum f l) by (apply IH; auto; intros; apply H;
    right; auto). lra.
Qed.
Lemma rsum_perm f l l' : Permutation l l' -> rsum f l = rsum f l'.
Proof. induction 1; cbn; lra. Qed.
End RSum.

Lemma rsum_map {A B} (g : A -> B) (f : B -> R) l : rsum f (map g l) = rsum (fun a => f (g a)) l.
Proof. induction l; cbn; [lra|rewrite IHl; lra]. Qed.
Lemma rsum_flat_map {A B} (g : A -> list B) (f : B -> R) l :
  rsum f (flat_map g l) = rsum (fun a => rsum f (g a)) l.
Proof. induction l; cbn; [lra|rewrite rsum_app, IHl; lra]. Qed.
Lemma rsum_swap {A B} (f : A -> B -> R) l l' :
  rsum (fun a => rsum (f a) l') l = rsum (fun b => rsum (fun a => f a b) l) l'.
Proof. induction l; cbn; [symmetry; apply rsum_0|]. rewrite IHl, rsum_plus. reflexivity. Qed.

(** ** bits, membership, kept columns *)
Definition bitR (b : bool) : R := if b then 1 else 0.
Definition sgR (b : bool) : R := if b then 1 else -1.
Definition mem (c : nat) (l : list nat) : bool := existsb (Nat.eqb c) l.

Lemma mem_In c l : mem c l = true <-> In c l.
Proof.
  unfold mem. rewrite existsb_exists. split.
  - intros [x [Hx E]]. apply Nat.eqb_eq in E. subst; auto.
  - intros H. exists c. split; auto. apply Nat.eqb_refl.
Qed.
Lemma mem_notIn c l : ~ In c l -> mem c l = false.
Proof. intros H. destruct (mem c l) eqn:E; auto. apply mem_In in E. tauto. Qed.

Lemma rsum_filter {A} (g : A -> bool) f l : rsum f (filter g l) =
  rsum (fun a => bitR (g a) * f a) l.
Proof. induction l; cbn; auto. destruct (g a); cbn; rewrite IHl; lra. Qed.

Lemma rsum_pick (f : nat -> R) k n : (k < n)%nat ->
  rsum (fun j => f j * bitR (j =? k)%nat) (seq 0 n) = f k.
Proof.
  intros H.
  assert (G : forall n s, (s <= k < s + n)%nat -> rsum (fun j =>
    f j * bitR (j =? k)%nat) (seq s n) = f k).
  2:{ apply G. lia. }
  clear. induction n; intros s Hk; [lia|]. cbn [seq rsum].
  destruct (Nat.eqb_spec s k) as [->|Ne]; cbn [bitR].
  - rewrite rsum_zero; [lra|]. intros a Ha. apply in_seq in Ha.
    destruct (Nat.eqb_spec a k); [lia|]. cbn; lra.
  - rewrite IHn by lia. lra.
Qed.

Lemma rsum_kept (f : nat -> R) l n : NoDup l -> (forall c, In c l -> (c < n)%nat) ->
  rsum (fun c => f c * bitR (mem c l)) (seq 0 n) = rsum f l.
Proof.
  induction 1 as [|a l Ha ND IH]; intros Hl.
  - cbn. rewrite rsum_zero; auto. intros; cbn; lra.
  - cbn [rsum]. rewrite <- IH by (intros; apply Hl; right; auto).
    rewrite <- (rsum_pick f a n) by (apply Hl; left; auto).
    rewrite <- rsum_plus. apply rsum_ext. intros c _. unfold mem. cbn [existsb]. fold (mem c l).
    destruct (Nat.eqb_spec c a) as [->|Ne]; cbn [orb bitR].
    + rewrite (mem_notIn a l Ha). cbn. lra.
    + destruct (mem c l); cbn; lra.
Qed.

(** ** lists *)
Lemma NoDup_app_inv {T} (l l' : list T) : NoDup (l ++ l') ->
  NoDup l /\ NoDup l' /\ forall x, In x l -> ~ In x l'.
Proof.
  induction l as [|a l IH]; cbn; intros H.
  - repeat split; auto. constructor.
  - inversion_clear H. destruct (IH H1) as (A & B & D). repeat split; auto.
    + constructor; auto. intros Hi. apply H0, in_or_app; auto.
    + intros x [<-|Hx] Hx'; [apply H0, in_or_app; auto|]. eapply D; eauto.
Qed.
Lemma NoDup_app_intro {T} (l l' : list T) : NoDup l -> NoDup l' ->
  (forall x, In x l -> ~ In x l') ->
  NoDup (l ++ l').
Proof.
  induction 1 as [|a l Ha ND IH]; intros N' D; cbn; auto. constructor.
  - intros H. apply in_app_or in H as [H|H]; auto. eapply D; [left|]; eauto.
  - apply IH; auto. intros; apply D; right; auto.
Qed.
Lemma NoDup_flat_map {X Y} (f : X -> list Y) l : NoDup l -> (forall x, In x l -> NoDup (f x)) ->
  (forall x y z, In x l -> In y l -> In z (f x) -> In z (f y) -> x = y) -> NoDup (flat_map f l).
Proof.
  induction 1 as [|a l Ha ND IH]; intros Hf Hd; cbn; [constructor|].
  apply NoDup_app_intro.
  - apply Hf; left; auto.
  - apply IH; [intros; apply Hf; right; auto|]. intros x y z Hx Hy; apply Hd; right; auto.
  - intros z Hz Hz'. apply in_flat_map in Hz' as [y [Hy Hz']].
    assert (a = y) by (eapply Hd; eauto; [left; auto|right; auto]). congruence.
Qed.
Lemma NoDup_map_in {X Y} (f : X -> Y) l : NoDup l ->
  (forall x y, In x l -> In y l -> f x = f y -> x = y) -> NoDup (map f l).
Proof.
  induction 1 as [|a l Ha ND IH]; intros Hi; cbn; constructor.
  - intros H. apply in_map_iff in H as [b [E Hb]]. apply Ha.
    rewrite (Hi a b); auto; [left; auto|right; auto].
  - apply IH. intros; apply Hi; auto; right; auto.
Qed.
Lemma NoDup_map_inj_in {X Y} (f : X -> Y) l x y : NoDup (map f l) -> In x l -> In y l ->
  f x = f y -> x = y.
Proof.
  induction l as [|a l IH]; intros ND Hx Hy E; [easy|]. cbn in ND. inversion_clear ND.
  destruct Hx as [->|Hx], Hy as [->|Hy]; auto; exfalso; apply H.
  - rewrite E. apply in_map; auto.
  - rewrite <- E. apply in_map; auto.
Qed.
Lemma flat_map_ext_in {X Y} (f g : X -> list Y) l : (forall x, In x l -> f x = g x) ->
  flat_map f l = flat_map g l.
Proof.
  induction l; intros H; cbn; auto. rewrite H by (left; auto). rewrite IHl; auto.
  intros; apply H; right; auto.
Qed.
Lemma existsb_ext_in {X} (f g : X -> bool) l : (forall x, In x l -> f x = g x) ->
  existsb f l = existsb g l.
Proof.
  induction l; intros H; cbn; auto. rewrite H by (left; auto). rewrite IHl; auto.
  intros; apply H; right; auto.
Qed.
Lemma forallb_ext_in {X} (f g : X -> bool) l : (forall x, In x l -> f x = g x) ->
  forallb f l = forallb g l.
Proof.
  induction l; intros H; cbn; auto. rewrite H by (left; auto). rewrite IHl; auto.
  intros; apply H; right; auto.
Qed.
Lemma find_ext_in {T} (f g : T -> bool) l : (forall x, In x l -> f x = g x) -> find f l = find g l.
Proof.
  induction l; intros H; cbn; auto. rewrite (H a (or_introl eq_refl)). destruct (g a); auto.
  apply IHl. intros; apply H; right; auto.
Qed.
Lemma existsb_false {X} (f : X -> bool) l : existsb f l = false <-> forall x, In x l -> f x = false.
Proof.
  induction l; cbn; split; intros H; try easy.
  - apply orb_false_iff in H as [H1 H2]. intros x [<-|Hx]; auto. apply IHl; auto.
  - apply orb_false_iff. split; [apply H; left; auto|]. apply IHl; intros; apply H; right; auto.
Qed.
Lemma nth_map_seq {X} (f : nat -> X) dflt k n : (k < n)%nat -> nth k (map f (seq 0 n)) dflt = f k.
Proof.
  intros H. rewrite (nth_indep _ dflt (f 0%nat)) by (rewrite map_length, seq_length; auto).
  rewrite (map_nth f), seq_nth by auto. reflexivity.
Qed.
Lemma seq_shift_S n : seq 1 n = map S (seq 0 n).
Proof. rewrite seq_shift. reflexivity. Qed.

Lemma seq_off n m : seq n m = map (fun j => (n + j)%nat) (seq 0 m).
Proof.
  revert n. induction m; intros n; cbn [seq map]; auto. f_equal; [lia|].
  rewrite IHm, (IHm 1%nat), map_map. apply map_ext. intros; lia.
Qed.

(** ** ReLU *)
Definition relu (x : R) : R := Rmax 0 x.
Lemma relu_id x : 0 <= x -> relu x = x.
Proof. intros. unfold relu. apply Rmax_right; auto. Qed.
Lemma relu_nonneg x : 0 <= relu x.
Proof. apply Rmax_l. Qed.
Lemma relu_lip x y : Rabs (relu x - relu y) <= Rabs (x - y).
Proof. unfold relu, Rmax, Rabs. repeat destruct Rle_dec; repeat destruct Rcase_abs; lra. Qed.
Lemma relu_abs x : Rabs (relu x) <= Rabs x.
Proof. unfold relu, Rmax, Rabs. repeat destruct Rle_dec; repeat destruct Rcase_abs; lra. Qed.
Lemma relu_split x : relu x - relu (- x) = x.
Proof. unfold relu, Rmax. repeat destruct Rle_dec; lra. Qed.

(** ** powers *)
Lemma pow_anti q a b : 0 <= q <= 1 -> (a <= b)%nat -> q ^ b <= q ^ a.
Proof.
  intros Q H. replace b with (a + (b - a))%nat by lia. rewrite pow_add.
  pose proof (pow_le q a ltac:(lra)). pose proof (pow_incr q 1 (b-a) ltac:(lra)).
  rewrite pow1 in *. pose proof (pow_le q (b-a) ltac:(lra)). nra.
Qed.

(** ** the least number with a property *)
Lemma Rle_or x y : x <= y \/ ~ x <= y.
Proof. destruct (Rle_dec x y); auto. Qed.
Lemma least_nat (P : nat -> Prop) : (forall n, P n \/ ~ P n) -> forall k n, (k <= n)%nat -> P n ->
  exists m, (k <= m)%nat /\ P m /\ forall q, (k <= q < m)%nat -> ~ P q.
Proof.
  intros dec k n Hk Hn. remember (n - k)%nat as f eqn:Ef. revert k Hk Ef.
  induction f as [|f IH]; intros k Hk Ef.
  - exists k. replace k with n by lia. repeat split; auto. intros; lia.
  - destruct (dec k) as [Y|N]; [exists k; repeat split; auto; intros; lia|].
    destruct (IH (S k)) as (m & H1 & H2 & H3); try lia.
    exists m. repeat split; auto; [lia|]. intros q Hq. destruct (Nat.eq_dec q k) as [->|]; auto.
    apply H3. lia.
Qed.
